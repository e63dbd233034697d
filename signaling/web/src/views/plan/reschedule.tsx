import { useSignal } from '@preact/signals';
import { plan } from '../../i18n/plan';
import { go } from '../../store/router';
import { toast } from '../../store/toasts';
import type { Person } from '../../wire/api';
import { type Dates, type Occurrence, type Plan, planApi, type Schedule, type Series } from '../../wire/plan';
import { Failed, Loading } from '../parts/bits';
import { useLoad } from '../parts/load';
import { type Draft, datesOf, draftOf, invitation } from './draft';
import { PreviewPanel } from './preview';
import { DatesForm } from './schedule';
import { chooseScope, ScopeQuestion } from './scope';

/** Where a date of a meeting is changed, or those after it too, or all. */
export default function Reschedule({ person, meeting }: { person: Person; meeting: string }) {
  const date = new URLSearchParams(location.search).get('date') ?? '';
  const { loaded, again } = useLoad(
    () => Promise.all([planApi.scheduleOf(meeting), date ? planApi.occurrence(date) : undefined]),
    [meeting, date],
  );
  const now = loaded.value;
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  const [schedule, chosen] = now.value;
  const occurrence = chosen ?? schedule.next;
  const series = schedule.series.find((one) => one.id === occurrence?.series);
  if (!occurrence || !series) return <Failed error={new Error('no such date')} />;
  return <ChangeForm person={person} schedule={schedule} occurrence={occurrence} series={series} />;
}

interface ChangeProps {
  person: Person;
  schedule: Schedule;
  /** From which the form was opened. */
  occurrence: Occurrence;
  series: Series;
}

function ChangeForm({ person, schedule, occurrence, series }: ChangeProps) {
  const p = plan.value;
  const first = draftOf(series, occurrence);
  const draft = useSignal(first);
  const { id, invitees } = schedule.meeting;
  const set = (more: Partial<Draft>) => {
    draft.value = { ...draft.value, ...more };
  };
  const wish: Plan = { ...datesOf(draft.value), invitees: invitees.map(invitation) };
  return (
    <>
      <DatesForm
        title={p.form.change}
        back={[`/m/${id}`, first.title]}
        submit={p.form.save}
        draft={draft.value}
        set={set}
        side={
          <PreviewPanel
            wish={wish}
            guests={invitees}
            self={person}
            meeting={id}
            take={(day, time) => set({ day, time })}
          />
        }
        send={async () => {
          const edit = changes(datesOf(first), wish);
          const wide = 'rule' in edit || 'timeZone' in edit;
          const scope = series.rule ? await chooseScope(p.scope.changeTitle, wide) : 'all';
          if (!scope) return;
          await planApi.change(occurrence.id, scope, edit);
          toast(p.form.saved, 'good');
          go(`/m/${id}`);
        }}
      />
      <ScopeQuestion />
    </>
  );
}

/** What differs of what can be changed from here. */
function changes(before: Dates, after: Dates): Partial<Dates> {
  return Object.fromEntries(
    EDITABLE.filter((key) => before[key] !== after[key]).map((key) => [key, after[key]]),
  );
}

const EDITABLE = ['title', 'agenda', 'start', 'minutes', 'timeZone', 'rule'] as const;
