import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { plan } from '../../i18n/plan';
import { toast } from '../../store/toasts';
import { planApi, type Rung } from '../../wire/plan';
import { Form } from '../parts/form';
import { useLoad } from '../parts/load';
import { Ladder } from './ladder';

/** How people are reminded of a meeting, for its organiser. */
export default function LadderCard({ meeting }: { meeting: string }) {
  const { loaded } = useLoad(() => planApi.ladder(meeting), [meeting]);
  const now = loaded.value;
  if (now.state !== 'ready') return null;
  return <LadderForm meeting={meeting} first={now.value.rungs} />;
}

function LadderForm({ meeting, first }: { meeting: string; first: readonly Rung[] }) {
  const rungs = useSignal<readonly Rung[]>(first);
  return (
    <section class="card schedule" aria-label={plan.value.ladder.title}>
      <Ladder rungs={rungs} />
      {rungs.value !== first && (
        <Form
          submit={messages.value.common.save}
          run={async () => {
            await planApi.setLadder(meeting, rungs.value);
            toast(messages.value.common.saved, 'good');
          }}
        >
          {null}
        </Form>
      )}
    </section>
  );
}
