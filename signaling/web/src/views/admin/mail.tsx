export default function Stub(_: object) {
  return null;
}
