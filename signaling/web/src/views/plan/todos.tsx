import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { plan } from '../../i18n/plan';
import { toast } from '../../store/toasts';
import { api, type Person } from '../../wire/api';
import { planApi, type Todo } from '../../wire/plan';
import { Failed, Loading } from '../parts/bits';
import { Button } from '../parts/button';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { dayText } from './words';

interface TodosProps {
  person: Person;
  /** Whose to-dos; empty: one's own, of all meetings. */
  meeting?: string;
  occurrence?: string;
}

/** Something without an hour is due at the end of work. */
const EVENING = '18:00';

/** What is to be done, by whom and until when. */
export default function Todos({ person, meeting = '', occurrence = '' }: TodosProps) {
  const p = plan.value.todos;
  const { loaded, again } = useLoad(
    () => (meeting ? planApi.meetingTodos(meeting) : planApi.todos()),
    [meeting],
  );
  const now = loaded.value;
  const all = now.state === 'ready' ? now.value : [];
  const open = all.filter((one) => !one.doneAt);
  const done = all.filter((one) => one.doneAt);

  async function act(run: () => Promise<unknown>, said: string) {
    try {
      await run();
      toast(said, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  const line = (todo: Todo) => (
    <TodoLine
      key={todo.id}
      todo={todo}
      person={person}
      check={(on) => void act(() => planApi.changeTodo(todo.id, { done: on }), on ? p.finished : p.added)}
      remove={() => void act(() => planApi.removeTodo(todo.id), p.remove(todo.text))}
    />
  );
  return (
    <section class="card todos" aria-labelledby="todos">
      <h2 id="todos">{meeting ? p.title : p.mine}</h2>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && (
        <>
          {open.length === 0 && <p>{p.noneText}</p>}
          <ul class="todo-list">{open.map(line)}</ul>
          {done.length > 0 && (
            <details>
              <summary>{p.showDone(done.length)}</summary>
              <ul class="todo-list">{done.map(line)}</ul>
            </details>
          )}
          <AddTodo
            person={person}
            add={(text, owner, day) =>
              act(
                () =>
                  planApi.addTodo({
                    text,
                    timeZone: person.timeZone,
                    ...(owner ? { owner } : {}),
                    ...(day ? { due: `${day}T${EVENING}` } : {}),
                    ...(meeting ? { meeting } : {}),
                    ...(meeting && occurrence ? { occurrence } : {}),
                  }),
                p.added,
              )
            }
          />
        </>
      )}
    </section>
  );
}

interface LineProps {
  todo: Todo;
  person: Person;
  check(on: boolean): void;
  remove(): void;
}

function TodoLine({ todo, person, check, remove }: LineProps) {
  const p = plan.value.todos;
  const id = useId();
  const late = todo.due !== undefined && !todo.doneAt && todo.due < new Date().toISOString().slice(0, 16);
  return (
    <li class={todo.doneAt ? 'todo done' : 'todo'} data-testid="todo">
      <input
        id={id}
        type="checkbox"
        checked={Boolean(todo.doneAt)}
        onChange={(event) => check(event.currentTarget.checked)}
      />
      <div class="row-main">
        <label for={id}>{todo.text}</label>
        <p class="row-sub">
          {todo.owner.id !== person.id && <span>{todo.owner.name}</span>}
          {todo.due && <span class={late ? 'tone-late' : ''}>{p.until(dayText(todo.due.slice(0, 10)))}</span>}
        </p>
      </div>
      <Button tone="quiet" size="small" icon="trash" iconOnly onClick={remove}>
        {p.remove(todo.text)}
      </Button>
    </li>
  );
}

interface AddProps {
  person: Person;
  add(text: string, owner: string, day: string): Promise<void>;
}

function AddTodo({ person, add }: AddProps) {
  const p = plan.value.todos;
  const id = useId();
  const form = useSignal(0);
  const { loaded } = useLoad(() => api.people(''), []);
  const people = loaded.value.state === 'ready' ? loaded.value.value : [];
  return (
    <form
      key={form.value}
      class="todo-add"
      onSubmit={(event) => {
        event.preventDefault();
        const values = new FormData(event.currentTarget);
        const text = String(values.get('text') ?? '').trim();
        if (!text) return;
        void add(text, String(values.get('owner') ?? ''), String(values.get('due') ?? '')).then(() => {
          form.value++;
        });
      }}
    >
      <div class="field todo-text">
        <label for={`${id}-t`}>{p.text}</label>
        <input
          id={`${id}-t`}
          name="text"
          type="text"
          maxLength={500}
          autocomplete="off"
          data-testid="todo-text"
        />
      </div>
      <div class="field">
        <label for={`${id}-o`}>{p.owner}</label>
        <select id={`${id}-o`} name="owner" data-testid="todo-owner">
          <option value="">{p.me}</option>
          {people
            .filter((one) => one.active !== false && one.id !== person.id)
            .map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
        </select>
      </div>
      <div class="field">
        <label for={`${id}-d`}>{p.due}</label>
        <input id={`${id}-d`} name="due" type="date" data-testid="todo-due" />
      </div>
      <Button type="submit" icon="plus" id="todo-add">
        {p.add}
      </Button>
    </form>
  );
}
