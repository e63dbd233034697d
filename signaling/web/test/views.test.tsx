import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { speak } from '../src/i18n';
import { en } from '../src/i18n/en';
import { go } from '../src/store/router';
import { askSession, known } from '../src/store/session';
import { App } from '../src/views/app';
import { Button } from '../src/views/parts/button';
import { Asking, ask } from '../src/views/parts/dialog';
import type { Context } from '../src/views/room/actions';
import { useKeys } from '../src/views/room/keys';

let box: HTMLElement;

beforeEach(async () => {
  await speak('en');
  box = document.createElement('div');
  document.body.append(box);
});

afterEach(() => {
  render(null, box);
  box.remove();
  vi.unstubAllGlobals();
});

const find = (id: string) => box.querySelector<HTMLElement>(`[data-testid="${id}"]`);

/** Answers calls of the API from a table of "METHOD /path". */
function answering(table: Record<string, [number, unknown]>) {
  const asked: { route: string; body: unknown; language: string | undefined }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const route = `${init.method} ${url.replace('/api/v1', '')}`;
    const language = (init.headers as Record<string, string>)['Accept-Language'];
    asked.push({ route, body: init.body ? JSON.parse(String(init.body)) : undefined, language });
    const [status, body] = table[route] ?? [404, { code: 'not-found', detail: 'Not here.' }];
    return new Response(JSON.stringify(body), { status });
  });
  return asked;
}

const person = { id: 'p', name: 'Ann', email: 'a@b.c', language: 'en', timeZone: 'UTC', admin: false };

describe('logging in', () => {
  async function tryToLogIn(table: Record<string, [number, unknown]>) {
    const asked = answering({ 'GET /session': [401, { code: 'signed-out' }], ...table });
    await askSession();
    go('/login');
    render(<App />, box);
    const form = box.querySelector('form');
    if (!form) throw new Error('no form');
    (form.elements.namedItem('email') as HTMLInputElement).value = 'a@b.c';
    (form.elements.namedItem('password') as HTMLInputElement).value = 'secret';
    form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(asked.some((a) => a.route === 'POST /session')).toBe(true));
    return asked;
  }

  test('with the wrong password says so', async () => {
    const asked = await tryToLogIn({ 'POST /session': [403, { code: 'wrong-password', detail: 'x' }] });
    expect(asked.at(-1)).toEqual({
      route: 'POST /session',
      body: { email: 'a@b.c', password: 'secret' },
      language: 'en',
    });
    await vi.waitFor(() => expect(find('error')?.textContent).toBe(en.login.wrong));
  });

  test('too often is told to wait', async () => {
    await tryToLogIn({ 'POST /session': [429, { code: 'too-many-tries', detail: 'x' }] });
    await vi.waitFor(() => expect(find('error')?.textContent).toBe(en.problem.tooFast));
  });

  test('leads to the start page', async () => {
    await tryToLogIn({
      'POST /session': [200, { person, company: 'Acme', version: '1' }],
      'GET /meetings': [200, []],
    });
    await vi.waitFor(() => expect(box.textContent).toContain(en.home.empty));
    expect(location.pathname).toBe('/');
    expect(find('meet-now')).not.toBeNull();
    expect(box.textContent).not.toContain(en.nav.people);
  });
});

test('whoever is not logged in is sent to the log-in and back', async () => {
  answering({ 'GET /session': [401, {}] });
  await askSession();
  go('/me');
  render(<App />, box);
  await vi.waitFor(() => expect(location.pathname).toBe('/login'));
  expect(known.value.state).toBe('none');
});

test('an unreachable server is told, with a way to try again', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  await askSession();
  go('/');
  render(<App />, box);
  expect(box.textContent).toContain(en.problem.title);
  expect(box.textContent).toContain(en.common.retry);
});

test('a question is answered no by default', async () => {
  render(<Asking />, box);
  const answer = ask('End?', 'Everybody goes.', 'End');
  await vi.waitFor(() => expect(box.querySelector('dialog')?.hasAttribute('open')).toBe(true));
  box.querySelector('dialog')?.dispatchEvent(new Event('cancel', { cancelable: true }));
  expect(await answer).toBe(false);
});

test('a busy button does nothing', () => {
  const pressed = vi.fn();
  render(
    <Button busy id="b" onClick={pressed}>
      Go
    </Button>,
    box,
  );
  find('b')?.click();
  expect(pressed).not.toHaveBeenCalled();
});

describe('keys in the room', () => {
  function room() {
    const live = {
      muted: signal(true),
      pushing: signal(false),
      track: signal({}),
      host: signal(false),
      room: signal(undefined),
      self: signal({ hand: false }),
      push: vi.fn((down: boolean) => {
        live.pushing.value = down;
      }),
      setMuted: vi.fn(),
      act: vi.fn(async () => {}),
    };
    const context = { live, t: en, open: vi.fn(), said: vi.fn() } as unknown as Context;
    const Keys = () => {
      useKeys(context, () => false);
      return (
        <>
          <input />
          <button type="button" data-testid="mute" />
          <button type="button" data-testid="other" />
        </>
      );
    };
    act(() => render(<Keys />, box));
    return live;
  }
  const key = (type: string, name: string, target: EventTarget = document.body) => {
    const event = new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    return event;
  };

  test('the space bar talks while it is held', () => {
    const live = room();
    expect(key('keydown', ' ').defaultPrevented).toBe(true);
    expect(live.push.mock.calls).toEqual([[true]]);
    key('keyup', ' ');
    expect(live.push.mock.calls).toEqual([[true], [false]]);
  });

  test('leaving the window lets go', () => {
    const live = room();
    key('keydown', ' ');
    window.dispatchEvent(new Event('blur'));
    expect(live.pushing.value).toBe(false);
  });

  test('whoever types, types', () => {
    const live = room();
    const input = box.querySelector('input') as HTMLInputElement;
    key('keydown', ' ', input);
    key('keydown', 'm', input);
    key('keydown', 'h', input);
    expect(live.push).not.toHaveBeenCalled();
    expect(live.setMuted).not.toHaveBeenCalled();
    expect(live.act).not.toHaveBeenCalled();
  });

  test('space on another button presses that button', () => {
    const live = room();
    expect(key('keydown', ' ', find('other') as HTMLElement).defaultPrevented).toBe(false);
    expect(live.push).not.toHaveBeenCalled();
  });

  test('single keys do what the table says', () => {
    const live = room();
    key('keydown', 'm');
    key('keydown', 'h');
    expect(live.setMuted).toHaveBeenCalledWith(false);
    expect(live.act).toHaveBeenCalledWith('raise-hand');
  });
});
