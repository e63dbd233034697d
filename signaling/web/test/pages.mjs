// Opens every page against the mock in Chromium, in both languages, light and
// dark, wide and narrow; takes a screenshot of each and fails on accessibility
// violations (axe-core), errors in the console and sideways scrolling. Then it
// walks from the log-in through a meeting with the keyboard alone.
//
//   npm run build && npm run pages [-- FOLDER [NAME…]]    needs Chromium

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { walk } from './keyboard.mjs';
import { startMock } from './mock.mjs';

const [folder = 'screenshots', ...only] = process.argv.slice(2);
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const id = (page, name) => page.getByTestId(name);
const join6 = async (page) => {
  await id(page, 'join').click();
  await page.locator('[data-testid=room][data-phase=in]').waitFor();
  await page.waitForTimeout(900);
};

const over = async (page, why) => {
  await page.locator(`[data-testid=over][data-why=${why}]`).waitFor();
};
const says = (page, selector, text) => page.locator(selector, { hasText: text }).waitFor();
// An address that Chromium maps to the mock, but does not trust as it does localhost.
const untrusted = 'meet.example.com';

/** Each page: where it is, what the world is like, what to do before looking. */
const pages = {
  setup: { path: '/setup?token=abc', world: { loggedIn: false } },
  'setup-done': { path: '/setup?token=abc', world: { loggedIn: false, setupNeeded: false } },
  login: { path: '/login', world: { loggedIn: false } },
  'login-wrong': {
    path: '/login',
    world: { loggedIn: false },
    act: async (page) => {
      await page.locator('[name=email]').fill('lilei@example.com');
      await page.locator('[name=password]').fill('something wrong');
      await id(page, 'submit').click();
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
  welcome: { path: '/welcome/abc', world: { loggedIn: false } },
  'welcome-gone': { path: '/welcome/gone', world: { loggedIn: false } },
  home: { path: '/' },
  'home-empty': { path: '/', world: { meetings: [] } },
  'home-failed': { path: '/', world: { fail: { '/meetings': 500 } } },
  'home-new': { path: '/', act: (page) => id(page, 'new-meeting').click() },
  meeting: { path: '/m/m1' },
  'meeting-new': { path: '/m/m2' },
  'meeting-replace': { path: '/m/m1', act: (page) => id(page, 'replace-host').click() },
  people: { path: '/people' },
  'people-add': { path: '/people', act: (page) => id(page, 'add-person').click() },
  'people-import': { path: '/people', act: (page) => id(page, 'import-people').click() },
  'people-preview': {
    path: '/people',
    act: async (page) => {
      await id(page, 'import-people').click();
      await page.locator('textarea').fill('name,email\n…');
      await id(page, 'submit').click();
      await page.locator('table').waitFor();
    },
  },
  me: { path: '/me' },
  missing: { path: '/nowhere' },
  'join-guest': {
    path: '/j/abc',
    world: { loggedIn: false },
    act: (page) => page.waitForTimeout(700),
  },
  'join-gone': { path: '/j/gone', world: { loggedIn: false } },
  'join-locked': {
    path: '/room/m1',
    act: (page) => page.waitForTimeout(500),
    change: (w) => Object.assign(w.meetings[0], { locked: true }),
  },
  'join-loopback': {
    path: '/room/m1',
    narrow: true,
    act: async (page) => {
      await id(page, 'loopback').click();
      await page.locator('[data-step=recording]').waitFor();
      await page.locator('[data-step=playing]').waitFor();
      await page.locator('[data-step=done]').waitFor();
    },
  },
  'join-colleague': {
    path: '/room/m1',
    world: { hidden: true },
    act: async (page) => {
      await join6(page);
      await page.reload();
      await page.locator('[data-testid=join]:enabled').waitFor();
    },
  },
  'join-insecure': {
    path: '/j/abc',
    host: untrusted,
    world: { loggedIn: false },
    act: async (page) => {
      await page.locator('[data-testid=microphone-problem][data-problem=insecure]').waitFor();
      await says(page, '[data-testid=microphone-problem]', /https:\/\//);
    },
  },
  'join-refused': { path: '/j/abc', world: { loggedIn: false }, microphone: 'NotAllowedError' },
  'join-missing': { path: '/j/abc', world: { loggedIn: false }, microphone: 'NotFoundError' },
  room: { path: '/room/m1', act: join6 },
  'room-guest': {
    path: '/j/abc',
    world: { loggedIn: false },
    change: (w) => {
      w.roster[0].role = 'guest';
      w.room.locked = false;
    },
    act: async (page) => {
      await id(page, 'guest-name').fill('Ana');
      await join6(page);
    },
  },
  'room-alone': {
    path: '/room/m1',
    change: (w) => Object.assign(w, { roster: w.roster.slice(0, 1), doorList: [], speakers: [] }),
    act: join6,
  },
  'room-many': {
    path: '/room/m1',
    change: (w) => {
      for (let n = 10; n < 60; n++) {
        w.roster.push({
          ...w.roster[1],
          participant: n,
          name: `${'赵钱孙李周吴郑王'[n % 8]}${'伟芳娜敏静'[n % 5]}`,
          muted: n % 3 !== 0,
        });
      }
    },
    act: join6,
  },
  'room-menu': {
    path: '/room/m1',
    act: async (page) => {
      await join6(page);
      await id(page, 'participant-menu').first().click();
    },
  },
  'room-dial-in': {
    path: '/room/m1',
    act: async (page) => {
      await join6(page);
      await page.keyboard.press('d');
    },
  },
  'room-help': {
    path: '/room/m1',
    act: async (page) => {
      await join6(page);
      await page.keyboard.press('?');
    },
  },
  'room-more': {
    path: '/room/m1',
    narrow: true,
    act: async (page) => {
      await join6(page);
      await id(page, 'more').click();
    },
  },
  'room-lost': {
    path: '/room/m1',
    act: async (page, mock) => {
      await join6(page);
      mock.world.silent = true;
      mock.cut();
      await page.locator('[data-testid=banner][data-kind=socket]').waitFor();
    },
  },
  'room-toasts': {
    path: '/room/m1',
    act: async (page, mock) => {
      await join6(page);
      mock.tell({ type: 'muted-by-host', by: 2 });
      mock.tell({ type: 'participant-left', participant: 4, reason: 'dropped' });
      await page.waitForTimeout(300);
    },
  },
  'room-waiting': {
    path: '/room/m1',
    world: { waiting: true },
    act: async (page) => {
      await id(page, 'join').click();
      await page.locator('[data-phase=waiting]').waitFor();
    },
  },
  'over-left': {
    path: '/room/m1',
    act: async (page) => {
      await join6(page);
      await id(page, 'leave').click();
      await id(page, 'over').waitFor();
    },
  },
  'over-ended': {
    path: '/room/m1',
    act: async (page, mock) => {
      await join6(page);
      mock.tell({ type: 'ended', by: 2 });
      await over(page, 'ended');
      await says(page, '[data-testid=over]', '韩梅梅');
    },
  },
  'over-removed': {
    path: '/room/m1',
    act: async (page, mock) => {
      await join6(page);
      mock.tell({ type: 'removed', by: 2 });
      await over(page, 'removed');
    },
  },
  'over-full': {
    path: '/room/m1',
    world: { joinError: 'full' },
    act: async (page) => {
      await id(page, 'join').click();
      await over(page, 'full');
    },
  },
  'over-refused-entry': {
    path: '/j/abc',
    world: { loggedIn: false, waiting: true },
    act: async (page, mock) => {
      await id(page, 'guest-name').fill('Ana');
      await id(page, 'join').click();
      await page.locator('[data-phase=waiting]').waitFor();
      mock.tell({ type: 'refused-entry' });
      await over(page, 'refused-entry');
    },
  },
  'over-no-connection': {
    path: '/room/m1',
    clock: true,
    act: async (page, mock) => {
      await join6(page);
      mock.world.down = true;
      mock.cut();
      await page.locator('[data-testid=banner][data-kind=socket]').waitFor();
      await page.clock.fastForward('02:00');
      await over(page, 'no-connection');
    },
  },
  'over-version': {
    path: '/room/m1',
    world: { refuse: 'version' },
    act: async (page) => {
      await id(page, 'join').click();
      await id(page, 'over').waitFor();
    },
  },
};

const looks = [
  { language: 'en', scheme: 'light', width: 1280, height: 800 },
  { language: 'zh-CN', scheme: 'dark', width: 1280, height: 800 },
  { language: 'zh-CN', scheme: 'light', width: 360, height: 740 },
  { language: 'en', scheme: 'dark', width: 360, height: 740 },
];

// Answers offers as a server would, from a page of its own.
const answerer = async (browser) => {
  const page = await browser.newPage();
  return (sdp) =>
    page.evaluate(async (offer) => {
      const pc = new RTCPeerConnection();
      globalThis.kept?.close();
      globalThis.kept = pc;
      await pc.setRemoteDescription({ type: 'offer', sdp: offer });
      globalThis.sound ??= new AudioContext();
      const context = globalThis.sound;
      const tone = context.createOscillator();
      const out = context.createMediaStreamDestination();
      tone.connect(out);
      tone.start();
      for (const t of pc.getTransceivers()) {
        t.direction = 'sendrecv';
        await t.sender.replaceTrack(out.stream.getAudioTracks()[0]);
      }
      await pc.setLocalDescription(await pc.createAnswer());
      await new Promise((resolve) => {
        pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
        setTimeout(resolve, 1500);
      });
      return pc.localDescription.sdp;
    }, sdp);
};

async function look(browser, answer, name, view) {
  const spec = pages[name];
  const mock = await startMock({ answer });
  Object.assign(mock.world, spec.world);
  spec.change?.(mock.world);
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.scheme,
    locale: view.language,
    permissions: ['microphone', 'clipboard-write'],
  });
  const faults = [];
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // Refused requests are part of what is being looked at.
    if (message.type() === 'error' && !/status of \d|WebSocket/.test(message.text()))
      faults.push(message.text());
  });
  await page.addInitScript((language) => localStorage.setItem('partyline.language', language), view.language);
  if (spec.microphone) {
    await page.addInitScript((error) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', error));
    }, spec.microphone);
  }
  if (spec.clock) await page.clock.install();
  try {
    await page.goto(mock.url.replace('localhost', spec.host ?? 'localhost') + spec.path);
    await page.locator('h1').first().waitFor();
    await spec.act?.(page, mock);
    await page.waitForTimeout(250);
    const file = `${name}.${view.language}.${view.scheme}.${view.width}.png`;
    await page.screenshot({ path: join(folder, file) });
    const sideways = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('html, .room-stage, .room-side, .dialog')].map(
          (e) => e.scrollWidth - e.clientWidth,
        ),
      ),
    );
    if (sideways > 0) faults.push(`scrolls sideways by ${sideways} px`);
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const v of found.violations)
      faults.push(
        `axe ${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary.split('\n')[1] ?? ''}`).join(' | ')}`,
      );
  } catch (error) {
    faults.push(String(error));
    await page
      .screenshot({ path: join(folder, `FAILED-${name}.${view.language}.${view.width}.png`) })
      .catch(() => {});
  }
  await context.close();
  await mock.close();
  return faults;
}

async function keyboard(browser, answer) {
  const mock = await startMock({ answer });
  Object.assign(mock.world, { loggedIn: false });
  const context = await browser.newContext({ permissions: ['microphone'], locale: 'en' });
  const page = await context.newPage();
  try {
    await page.goto(`${mock.url}/login`);
    await page.locator('h1').waitFor();
    await walk(page);
    return [];
  } catch (error) {
    await page.screenshot({ path: join(folder, 'FAILED-keyboard.png') }).catch(() => {});
    return [String(error)];
  } finally {
    await context.close();
    await mock.close();
  }
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-fake-device-for-media-stream',
    '--allow-loopback-in-peer-connection',
    '--disable-background-networking',
    `--host-resolver-rules=MAP ${untrusted} 127.0.0.1`,
  ],
});
const answer = await answerer(browser);
let bad = 0;
let seen = 0;
for (const name of Object.keys(pages)) {
  if (only.length > 0 && !only.includes(name)) continue;
  for (const view of looks) {
    if (pages[name].narrow && view.width > 400) continue;
    seen++;
    for (const fault of await look(browser, answer, name, view)) {
      bad++;
      console.log(`${name} ${view.language} ${view.scheme} ${view.width}: ${fault}`);
    }
  }
}
if (only.length === 0 || only.includes('keyboard')) {
  seen++;
  for (const fault of await keyboard(browser, answer)) {
    bad++;
    console.log(`keyboard: ${fault}`);
  }
}
await browser.close();
console.log(`${seen} looks, ${bad} faults`);
process.exitCode = bad > 0 ? 1 : 0;
