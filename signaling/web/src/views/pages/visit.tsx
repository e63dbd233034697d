import '../styles/visit.css';
import { route } from '../../store/router';
import { visit } from '../../store/visit';
import { Room } from '../room/room';
import { JoinByLink, JoinRoom } from './prejoin';

/** Everything about being in a meeting: its code is loaded when one goes to one. */
export default function Visit() {
  const here = route.value;
  if (here.page === 'join') return <JoinByLink key={here.token} token={here.token} />;
  if (here.page !== 'room') return null;
  const now = visit.value;
  if (now?.meeting === here.id) return <Room key="room" live={now.live} />;
  return <JoinRoom key={here.id} id={here.id} />;
}
