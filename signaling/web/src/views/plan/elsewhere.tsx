export default function Stub(_: { changed(): void }) {
  return null;
}
