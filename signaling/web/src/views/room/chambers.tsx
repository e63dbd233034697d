import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { type Chamber, chambers, chosen, keyOf, place } from '../../store/room';
import type { Visitor } from '../../wire/messages';
import { Avatar } from '../parts/bits';
import { Button } from '../parts/button';
import { Icon } from '../parts/icons';
import { ids } from '../testids';
import type { Action, Context } from './actions';
import { perform } from './perform';

/** What to call a room of the meeting; 0 is the main one. */
export function roomName(room: number): string {
  const t = messages.value.room;
  return room === 0 ? t.mainRoom : t.breakout(room);
}

/** Goes to another room of the meeting oneself. */
const visit = (room: number): Action => ({
  id: 'visit',
  label: ({ t }) => (room === 0 ? t.move.back : t.move.visit),
  icon: () => (room === 0 ? 'back' : 'arrow'),
  shown: ({ live }) => live.host.value,
  run: async ({ live }) => {
    const self = live.room.value?.self;
    if (self !== undefined) await live.move([self], place(room));
  },
});

/** A box to tick beside somebody who may be moved. */
export function Choice(props: {
  context: Context;
  room: number;
  person: Pick<Visitor, 'participant' | 'name'>;
}) {
  const { selection } = props.context;
  const { participant, name } = props.person;
  const key = keyOf(props.room, participant);
  return (
    <input
      type="checkbox"
      class="choice"
      aria-label={messages.value.move.selectOf(name)}
      checked={selection.value?.has(key) ?? false}
      data-testid={ids.select}
      data-participant={participant}
      onChange={(event) => {
        const next = new Set(selection.value);
        if (event.currentTarget.checked) next.add(key);
        else next.delete(key);
        selection.value = next;
      }}
    />
  );
}

/** While people are being chosen: how many there are, and where to go on. */
export function MoveBar({ context }: { context: Context }) {
  const { selection, live } = context;
  if (selection.value === undefined || !live.room.value || !live.host.value) return null;
  return <Bar context={context} keys={selection.value} />;
}

function Bar({ context, keys }: { context: Context; keys: ReadonlySet<string> }) {
  const t = messages.value;
  const { selection, live } = context;
  const head = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    head.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const state = live.room.value;
  if (!state) return null;
  const count = chosen(state, keys).reduce((sum, chamber) => sum + chamber.people.length, 0);
  return (
    <section class="move-bar" aria-label={t.actions.move} data-testid={ids.moveBar}>
      <p ref={head} tabIndex={-1} role="status">
        {count === 0 ? t.move.select : t.move.selected(count)}
      </p>
      <Button
        size="small"
        tone="quiet"
        id="select-all"
        onClick={() => {
          selection.value = new Set(everybody(chambers(state), state.self));
        }}
      >
        {t.move.all}
      </Button>
      <Button
        size="small"
        tone="quiet"
        id="move-cancel"
        onClick={() => {
          selection.value = undefined;
        }}
      >
        {t.common.cancel}
      </Button>
      <Button
        size="small"
        tone="primary"
        icon="move"
        id={ids.moveTo}
        disabled={count === 0}
        onClick={() => context.open('move')}
      >
        {t.actions.move}
      </Button>
    </section>
  );
}

/** All but oneself. */
function everybody([own, ...others]: readonly Chamber[], self: number): string[] {
  const keys = ({ room, people }: Chamber) => people.map((p) => keyOf(room, p.participant));
  const mine = own ? keys({ ...own, people: own.people.filter((p) => p.participant !== self) }) : [];
  return [...mine, ...others.flatMap(keys)];
}

/** The other rooms of the meeting and who is there, for those who may go and move. */
export function Chambers({ context }: { context: Context }) {
  const t = messages.value;
  const state = context.live.room.value;
  if (!state || !context.live.host.value) return null;
  const [own, ...others] = chambers(state);
  if (others.length === 0 && own?.room === 0) return null;
  const back = visit(0);
  return (
    <section class="chambers" aria-label={t.actions.breakouts}>
      <div class="section-head">
        <h2>{t.actions.breakouts}</h2>
        <div class="button-row">
          {own?.room !== 0 && (
            <Button size="small" icon="back" id="to-main" onClick={() => void perform(back, context)}>
              {back.label(context)}
            </Button>
          )}
          <Button size="small" tone="quiet" icon="rooms" onClick={() => context.open('breakouts')}>
            {t.actions.breakouts}
          </Button>
        </div>
      </div>
      <ul>
        {others.map((chamber) => (
          <ChamberCard key={chamber.room} chamber={chamber} context={context} />
        ))}
      </ul>
    </section>
  );
}

function ChamberCard({ chamber, context }: { chamber: Chamber; context: Context }) {
  const t = messages.value;
  const name = roomName(chamber.room);
  const go = visit(chamber.room);
  const choosing = context.selection.value !== undefined;
  return (
    <li class="chamber" data-testid={ids.chamber} data-room={chamber.room}>
      <div class="chamber-head">
        <h3>{name}</h3>
        <span class="chamber-count">{t.common.people(chamber.people.length)}</span>
        <Button
          size="small"
          icon="arrow"
          label={`${go.label(context)}: ${name}`}
          onClick={() => void perform(go, context)}
        >
          {go.label(context)}
        </Button>
      </div>
      {chamber.people.length === 0 ? (
        <p class="chamber-empty">{t.move.empty}</p>
      ) : (
        <ul class="chamber-people">
          {chamber.people.map((person) => (
            <li key={person.participant}>
              {choosing && <Choice context={context} room={chamber.room} person={person} />}
              <Avatar name={person.name} size="small" />
              <span class="truncate">{person.name}</span>
              {person.kind === 'phone' && (
                <span role="img" aria-label={t.room.phone} title={t.room.phone}>
                  <Icon name="phone" size={14} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
