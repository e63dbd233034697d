export default function Stub(_: { token: string }) {
  return null;
}
