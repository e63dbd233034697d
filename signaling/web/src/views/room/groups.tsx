import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import type { Live } from '../../store/live';
import { chambers, chosen, place } from '../../store/room';
import { known } from '../../store/session';
import { announce, toast } from '../../store/toasts';
import { api, type Meeting } from '../../wire/api';
import type { Moved, Place, Visitor } from '../../wire/messages';
import { Avatar } from '../parts/bits';
import { Button } from '../parts/button';
import { ask, Dialog } from '../parts/dialog';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { codes, explain } from '../parts/problem';
import type { Context } from './actions';
import { roomName } from './chambers';

/** How long a move can be undone, ms. */
const UNDO_MS = 60_000;

interface Props {
  context: Context;
  close(): void;
}

interface Destination {
  key: string;
  name: string;
  /** Who is there, if that is known. */
  count?: number;
  to(live: Live): Promise<Place>;
}

interface Outcome {
  where: string;
  people: { person: Visitor; moved: Moved }[];
  undo: string[];
  until: number;
}

/** Where those who were chosen are to go; then what became of each. */
export function Move({ context, close }: Props) {
  const t = messages.value;
  const outcome = useSignal<Outcome | undefined>(undefined);
  const state = context.live.room.value;
  const groups = state ? chosen(state, context.selection.value ?? new Set()) : [];
  const people = groups.flatMap((group) => group.people);
  const done = outcome.value;
  const finish = () => {
    close();
    if (done) {
      context.selection.value = undefined;
      offerUndo(context.live, done);
    }
  };
  return (
    <Dialog title={t.move.title(done ? done.people.length : people.length)} onClose={finish}>
      {done ? (
        <Results outcome={done} context={context} finish={finish} close={close} />
      ) : (
        <Choose
          context={context}
          close={close}
          run={async (destination) => {
            outcome.value = await move(context.live, groups, destination);
          }}
        />
      )}
    </Dialog>
  );
}

async function move(
  live: Live,
  groups: ReturnType<typeof chosen>,
  destination: Destination,
): Promise<Outcome> {
  const to = await destination.to(live);
  // A new room has got its name only now.
  const where = 'breakout' in to ? roomName(to.breakout) : destination.name;
  const outcome: Outcome = { where, people: [], undo: [], until: Date.now() + UNDO_MS };
  const own = live.room.value?.room.breakout ?? 0;
  for (const group of groups) {
    const numbers = group.people.map((p) => p.participant);
    const from = group.room === own ? undefined : place(group.room);
    const { results, undo } = await live.move(numbers, to, from);
    for (const moved of results) {
      const person = group.people.find((p) => p.participant === moved.participant);
      if (person) outcome.people.push({ person, moved });
    }
    if (undo) outcome.undo.push(undo);
  }
  return outcome;
}

const succeeded = ({ people }: Outcome) => people.filter(({ moved }) => moved.code === undefined).length;

/** After the dialog, for as long as the server keeps the way back. */
function offerUndo(live: Live, outcome: Outcome): void {
  const t = messages.value;
  const n = succeeded(outcome);
  const text = n === 0 ? t.move.none : t.move.done(n, outcome.where);
  const left = outcome.until - Date.now();
  const undo = outcome.undo.length > 0 && left > 0;
  toast(
    text,
    n === 0 ? 'warn' : 'good',
    undo ? { label: t.common.undo, run: () => void undoMove(live, outcome.undo) } : undefined,
    undo ? left : undefined,
  );
}

async function undoMove(live: Live, tokens: readonly string[]): Promise<void> {
  try {
    for (const value of tokens) await live.act('undo-move', { value });
    toast(messages.value.move.undone, 'good');
    announce(messages.value.move.undone);
  } catch (error) {
    toast(explain(error), 'bad');
  }
}

function useDestinations(context: Context): Destination[] {
  const t = messages.value;
  const state = context.live.room.value;
  const { loaded } = useLoad<Meeting[]>(async () => {
    if (known.value.state !== 'in') return [];
    return api.meetings().catch(() => []);
  }, []);
  if (!state) return [];
  const { room } = state;
  const rooms = room.breakouts ?? [];
  const meetings = loaded.value.state === 'ready' ? loaded.value.value : [];
  return [
    ...(room.breakout ? [{ key: 'main', name: roomName(0), to: async () => place(0) }] : []),
    ...rooms
      .filter((b) => b.breakout !== room.breakout)
      .map((b) => ({
        key: `breakout-${b.breakout}`,
        name: roomName(b.breakout),
        count: b.participants.length,
        to: async () => place(b.breakout),
      })),
    {
      key: 'new',
      name: t.move.fresh,
      to: async (live: Live) => {
        const value = Math.max(0, ...rooms.map((b) => b.breakout)) + 1;
        await live.act('breakouts', { value });
        return place(value);
      },
    },
    ...meetings
      .filter((m) => m.id !== room.meeting && !m.endedAt)
      .map((m) => ({
        key: m.id,
        name: m.name || t.home.nowName,
        count: m.participants,
        to: async () => ({ meeting: m.id }),
      })),
  ];
}

function Choose(props: { context: Context; close(): void; run(to: Destination): Promise<void> }) {
  const t = messages.value;
  const destinations = useDestinations(props.context);
  const moving = useSignal(false);
  return (
    <Form
      submit={t.move.go}
      onCancel={props.close}
      run={async ({ to }) => {
        const destination = destinations.find((d) => d.key === to);
        if (!destination) return;
        moving.value = true;
        try {
          await props.run(destination);
        } finally {
          moving.value = false;
        }
      }}
    >
      <fieldset class="places">
        <legend>{t.move.where}</legend>
        {destinations.map((d, n) => (
          <label class="place" key={d.key} data-key={d.key}>
            <input type="radio" name="to" value={d.key} defaultChecked={n === 0} required />
            <span class="truncate">{d.name}</span>
            {d.count !== undefined && <span class="place-count">{t.common.people(d.count)}</span>}
          </label>
        ))}
      </fieldset>
      <p class="field-hint" role="status">
        {moving.value && t.move.moving}
      </p>
    </Form>
  );
}

function Results(props: { outcome: Outcome; context: Context; finish(): void; close(): void }) {
  const t = messages.value;
  const { outcome, context } = props;
  const n = succeeded(outcome);
  return (
    <>
      <p role="status">{n === 0 ? t.move.none : t.move.done(n, outcome.where)}</p>
      <ul class="results" data-testid="results">
        {outcome.people.map(({ person, moved }) => (
          <li
            key={`${person.participant}-${person.name}`}
            class={moved.code ? 'bad' : ''}
            data-code={moved.code}
          >
            <Avatar name={person.name} size="small" />
            <p>
              <strong>{person.name}</strong>{' '}
              {moved.code
                ? (codes(t.problem)[moved.code] ?? t.problem.server)
                : t.move.arrived(outcome.where)}
            </p>
            <Icon name={moved.code ? 'warning' : 'check'} size={18} />
          </li>
        ))}
      </ul>
      <div class="dialog-foot">
        {outcome.undo.length > 0 && (
          <Button
            id="undo-move"
            onClick={() => {
              context.selection.value = undefined;
              props.close();
              void undoMove(context.live, outcome.undo);
            }}
          >
            {t.common.undo}
          </Button>
        )}
        <Button tone="primary" id="move-done" onClick={props.finish}>
          {t.common.close}
        </Button>
      </div>
    </>
  );
}

/** Opens break-out rooms, shows who is where, and brings everybody back. */
export function Breakouts({ context, close }: Props) {
  const t = messages.value;
  const { live } = context;
  const state = live.room.value;
  if (!state) return null;
  const rooms = state.room.breakouts ?? [];
  const open = (value: number) => live.act('breakouts', { value });
  async function bringBack() {
    close();
    try {
      await live.act('close-breakouts');
      toast(t.move.closed, 'good');
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  if (rooms.length === 0) {
    return (
      <>
        <p>{t.move.breakoutsText}</p>
        <Form
          submit={t.move.open}
          onCancel={close}
          run={async ({ rooms: wanted }) => {
            await open(Math.min(50, Math.max(1, Math.round(Number(wanted)) || 1)));
            close();
            context.selection.value = new Set();
          }}
        >
          <Field
            label={t.move.howMany}
            name="rooms"
            value="2"
            inputMode="numeric"
            maxLength={2}
            id="how-many"
          />
        </Form>
      </>
    );
  }
  const own = state.room.breakout ?? 0;
  return (
    <>
      <p>{t.move.breakoutsText}</p>
      <ul class="results">
        {chambers(state)
          .filter((chamber) => chamber.room !== 0)
          .sort((a, b) => a.room - b.room)
          .map((chamber) => (
            <li key={chamber.room}>
              <Icon name="rooms" size={18} />
              <p>
                <strong>{roomName(chamber.room)}</strong>{' '}
                {chamber.people.map((p) => p.name).join(', ') || t.move.empty}
                {chamber.room === own && ` (${t.room.you})`}
              </p>
            </li>
          ))}
      </ul>
      <div class="dialog-foot">
        <Button
          icon="plus"
          onClick={() => open(rooms.length + 1).catch((error: unknown) => toast(explain(error), 'bad'))}
        >
          {t.move.more}
        </Button>
        <Button
          id="close-breakouts"
          tone="danger"
          onClick={async () => {
            if (await ask(t.move.close, t.move.closeText, t.move.close)) await bringBack();
          }}
        >
          {t.move.close}
        </Button>
      </div>
    </>
  );
}
