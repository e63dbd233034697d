import { elapsed } from '../../i18n';
import { plan } from '../../i18n/plan';
import { type Occurrence, planApi } from '../../wire/plan';
import { Chip, Failed, Loading } from '../parts/bits';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { clockText } from './words';

/** Some come early, and many stay longer, ms. */
const MARGIN = 3_600_000;

/** Who was there, and when; for hosts. */
export function Attendance(props: { meeting: string; occurrence: Occurrence; zone: string }) {
  const { meeting, occurrence, zone } = props;
  const o = plan.value.occasion;
  const from = new Date(Date.parse(occurrence.start) - MARGIN);
  const to = new Date(Date.parse(occurrence.end) + MARGIN);
  const { loaded, again } = useLoad(() => planApi.attendance(meeting, from, to), [occurrence.id]);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="attendance">
      <div class="section-head">
        <h2 id="attendance">{o.attendance}</h2>
        <a
          class="button plain small"
          href={planApi.attendanceCSV(meeting, from, to)}
          download
          data-testid="attendance-csv"
        >
          <Icon name="download" size={16} />
          {o.csv}
        </a>
      </div>
      <p class="field-hint">{o.attendanceText}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && now.value.people.length === 0 && <p>{o.nobody}</p>}
      {now.state === 'ready' && now.value.people.length > 0 && (
        <ul class="rows inner">
          {now.value.people.map((one) => (
            <li key={`${one.name} ${one.joinedAt}`} class="row" data-testid="attended">
              <Icon name={one.kind === 'phone' ? 'phone' : 'browser'} size={18} />
              <div class="row-main">
                <span class="row-name">{one.name}</span>
                <p class="row-sub digits">
                  <span>
                    {clockText(Date.parse(one.joinedAt), zone)} –{' '}
                    {one.leftAt ? clockText(Date.parse(one.leftAt), zone) : o.still}
                  </span>
                </p>
              </div>
              <Chip>{elapsed(one.seconds * 1000)}</Chip>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
