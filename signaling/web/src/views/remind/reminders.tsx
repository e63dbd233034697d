import type { Person } from '../../wire/api';

export default function Stub(_: { person: Person }) {
  return null;
}
