import { useSignal } from '@preact/signals';
import { messages } from '../../i18n';
import { weekdayName } from '../../i18n/days';
import { remind } from '../../i18n/remind';
import { addDays, clockOf, instantOf, today, weekday } from '../../store/civil';
import { toast } from '../../store/toasts';
import { type Quiet, remindApi, type Span } from '../../wire/remind';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { Field, Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { dateText } from './words';

/** When one may not be disturbed: now, and every week. */
export function QuietHours() {
  const r = remind.value.quiet;
  const { loaded, again, set } = useLoad(() => remindApi.quiet(), []);
  const now = loaded.value;
  return (
    <section class="card" aria-labelledby="quiet">
      <h2 id="quiet">{r.title}</h2>
      <p>{r.text}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && (
        <>
          <Rest quiet={now.value} changed={set} />
          <WeekEditor key={JSON.stringify(now.value.week)} quiet={now.value} changed={set} />
        </>
      )}
    </section>
  );
}

interface EditorProps {
  quiet: Quiet;
  changed(quiet: Quiet): void;
}

/** "Rest now until …" */
function Rest({ quiet, changed }: EditorProps) {
  const r = remind.value.quiet;
  const choosing = useSignal(false);
  const day = today(quiet.zone);
  const at = (wall: string) => new Date(instantOf(wall, quiet.zone)).toISOString();
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
  async function rest(until: string | null) {
    try {
      changed(await remindApi.rest(until));
      if (until === null) toast(r.resumed, 'good');
      choosing.value = false;
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  if (quiet.restUntil && Date.parse(quiet.restUntil) > Date.now()) {
    return (
      <div class="rest on" data-testid="resting">
        <Icon name="moon" />
        <div class="row-main">
          <p class="note-title">{r.restUntil(dateText(quiet.restUntil, quiet.zone))}</p>
          <p>{r.restText}</p>
        </div>
        <Button tone="primary" id="rest-end" onClick={() => void rest(null)}>
          {r.resume}
        </Button>
      </div>
    );
  }
  const monday = addDays(day, 7 - weekday(day));
  const offers = [
    [r.hour, () => hours(1)],
    [r.hours(4), () => hours(4)],
    [r.tomorrow, () => at(`${addDays(day, 1)}T08:00`)],
    [r.monday, () => at(`${monday}T08:00`)],
  ] as const;
  return (
    <div class="rest">
      <h3>
        <Icon name="moon" size={16} /> {r.rest}
      </h3>
      <div class="button-row">
        {offers.map(([text, until]) => (
          <Button key={text} size="small" id="rest-for" onClick={() => void rest(until())}>
            {text}
          </Button>
        ))}
        <Button
          size="small"
          pressed={choosing.value}
          onClick={() => {
            choosing.value = !choosing.value;
          }}
        >
          {r.until}
        </Button>
      </div>
      {choosing.value && (
        <div class="inline-form">
          <Form submit={r.rest} run={async ({ until = '' }) => rest(at(until))}>
            <Field
              label={r.untilLabel}
              name="until"
              type="datetime-local"
              value={`${addDays(day, 1)}T08:00`}
            />
          </Form>
        </div>
      )}
    </div>
  );
}

const EVENING: Span = { from: '18:30', to: '08:30' };
const ALL_DAY: Span = { from: '00:00', to: '24:00' };
const NIGHT: Span = { from: '22:00', to: '07:00' };
const FRESH: Span = { from: '18:00', to: '09:00' };
const FOUR = 4;

/** Sunday first, as the server has it. */
const presets = {
  evenings: () => Array.from({ length: 7 }, (_, n) => [n === 0 || n === 6 ? ALL_DAY : EVENING]),
  nights: () => Array.from({ length: 7 }, () => [NIGHT]),
  none: () => Array.from({ length: 7 }, (): Span[] => []),
};

function WeekEditor({ quiet, changed }: EditorProps) {
  const r = remind.value.quiet;
  const week = useSignal<readonly (readonly Span[])[]>(quiet.week);
  const dirty = JSON.stringify(week.value) !== JSON.stringify(quiet.week);
  const setDay = (n: number, spans: readonly Span[]) => {
    week.value = week.value.map((old, at) => (at === n ? spans : old));
  };
  return (
    <>
      <div class="quiet-head">
        <h3>{r.week}</h3>
        <p class="field-hint">{r.zone(quiet.zone.replaceAll('_', ' '))}</p>
        <fieldset class="choice-set button-row">
          <legend class="offscreen">{r.presets}</legend>
          {(['evenings', 'nights', 'none'] as const).map((name) => (
            <Button
              key={name}
              size="small"
              id={`quiet-${name}`}
              onClick={() => {
                week.value = presets[name]();
              }}
            >
              {r[name]}
            </Button>
          ))}
        </fieldset>
      </div>
      <ol class="quiet-week">
        {[1, 2, 3, 4, 5, 6, 0].map((n) => (
          <QuietDay
            key={n}
            name={weekdayName((n + 6) % 7)}
            spans={week.value[n] ?? []}
            before={week.value[(n + 6) % 7] ?? []}
            set={(spans) => setDay(n, spans)}
          />
        ))}
      </ol>
      <p class="field-hint">{r.legend}</p>
      <Form
        submit={messages.value.common.save}
        run={async () => {
          changed(
            await remindApi.setQuiet(
              quiet.zone,
              week.value.map((spans) => [...spans]),
            ),
          );
          toast(messages.value.common.saved, 'good');
        }}
      >
        {dirty && <p class="field-hint">{r.unsaved}</p>}
      </Form>
    </>
  );
}

interface DayProps {
  name: string;
  spans: readonly Span[];
  /** Those of the day before: what lasts beyond midnight shows here as well. */
  before: readonly Span[];
  set(spans: readonly Span[]): void;
}

function QuietDay({ name, spans, before, set }: DayProps) {
  const r = remind.value.quiet;
  return (
    <li class="quiet-day">
      <span class="quiet-name">{name}</span>
      <span class="quiet-bar" aria-hidden="true">
        {[...spans.map(tonight), ...before.flatMap(morning)].map(([from, to]) => (
          <span
            key={`${from}-${to}`}
            style={{ left: `${(from / 1440) * 100}%`, width: `${((to - from) / 1440) * 100}%` }}
          />
        ))}
      </span>
      <div class="quiet-spans">
        {spans.map((span, n) => (
          <span key={`${n}-${spans.length}`} class="quiet-span">
            <TimeSelect
              label={r.from(name)}
              value={span.from}
              change={(from) => set(spans.map((old, at) => (at === n ? { ...old, from } : old)))}
            />
            <span aria-hidden="true">–</span>
            <TimeSelect
              label={r.to(name)}
              value={span.to}
              end
              change={(to) => set(spans.map((old, at) => (at === n ? { ...old, to } : old)))}
            />
            <Button
              tone="quiet"
              size="small"
              icon="close"
              iconOnly
              onClick={() => set(spans.filter((_, at) => at !== n))}
            >
              {r.remove(name, span.from, span.to)}
            </Button>
          </span>
        ))}
        {spans.length === 0 && <span class="field-hint">{r.always}</span>}
        {spans.length < FOUR && (
          <Button tone="quiet" size="small" icon="plus" iconOnly onClick={() => set([...spans, FRESH])}>
            {r.add(name)}
          </Button>
        )}
      </div>
    </li>
  );
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** The part of a span that lies on the day on which it begins. */
function tonight({ from, to }: Span): [number, number] {
  const [a, b] = [minutes(from), minutes(to)];
  return [a, b <= a ? 1440 : b];
}

/** The part that lies on the day after. */
function morning({ from, to }: Span): [number, number][] {
  const [a, b] = [minutes(from), minutes(to)];
  return b <= a && b > 0 ? [[0, b]] : [];
}

/** Half hours, and whatever was set. */
function TimeSelect(props: { label: string; value: string; end?: boolean; change(value: string): void }) {
  const halves = Array.from({ length: 48 }, (_, n) => clockOf(n * 30));
  const all = [...new Set([...(props.end ? [...halves, '24:00'] : halves), props.value])].sort();
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.change(event.currentTarget.value)}
    >
      {all.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
