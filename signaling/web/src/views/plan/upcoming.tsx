import { plan } from '../../i18n/plan';
import type { Person } from '../../wire/api';
import { planApi } from '../../wire/plan';
import { Icon } from '../parts/icons';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { AgendaRow, relative } from './agenda';
import Todos from './todos';
import { dayText, localDay } from './words';

const WEEK = 7 * 86_400_000;
/** So many are enough for a start page. */
const SHOWN = 4;

/** On the start page: what comes next, and what is to be done. */
export default function Upcoming({ person }: { person: Person }) {
  const p = plan.value;
  const zone = person.timeZone;
  const { loaded } = useLoad(() => {
    const now = Date.now();
    return planApi.occurrences(new Date(now), new Date(now + WEEK));
  }, []);
  const now = loaded.value;
  const coming =
    now.state === 'ready' ? now.value.filter((one) => !one.cancelled && one.status !== 'declined') : [];
  return (
    <div class="two upcoming">
      <section aria-labelledby="coming">
        <div class="section-head">
          <h2 id="coming">{p.home.title}</h2>
          <Link to="/schedule" class="button plain normal" id="schedule">
            <Icon name="plus" />
            {p.home.schedule}
          </Link>
        </div>
        {now.state === 'ready' && coming.length === 0 && <p class="card coming-none">{p.home.nothing}</p>}
        {coming.length > 0 && (
          <ul class="card rows">
            {coming.slice(0, SHOWN).map((one) => {
              const day = localDay(one.start, zone);
              return (
                <AgendaRow
                  key={one.id}
                  occurrence={one}
                  zone={zone}
                  person={person.id}
                  day={relative(day, zone) || dayText(day)}
                />
              );
            })}
          </ul>
        )}
      </section>
      <Todos person={person} />
    </div>
  );
}
