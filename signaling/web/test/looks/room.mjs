// Inside a meeting.

import { breakouts } from '../fixtures.mjs';
import { enter, id, says } from './steps.mjs';

const guarded = { kind: 'phone', muted: true, guarded: true };
const selected = (page) => page.locator('[data-testid=select]');

/** Chooses those with these numbers in one's own room. */
async function choose(page, ...numbers) {
  await page.keyboard.press('Shift+B');
  for (const n of numbers) await page.locator(`.entry [data-testid=select][data-participant="${n}"]`).check();
}

export const room = {
  room: { path: '/room/m1', full: true, act: enter },
  'room-guest': {
    path: '/j/abc',
    world: { loggedIn: false },
    change: (w) => {
      w.roster[0].role = 'guest';
      w.room.locked = false;
    },
    act: async (page) => {
      await id(page, 'guest-name').fill('Ana');
      await enter(page);
    },
  },
  'room-alone': {
    path: '/room/m1',
    change: (w) => Object.assign(w, { roster: w.roster.slice(0, 1), doorList: [], speakers: [] }),
    act: enter,
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
    act: enter,
  },
  'room-menu': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await id(page, 'participant-menu').first().click();
    },
  },
  'room-dial-in': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('d');
    },
  },
  'room-help': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('?');
    },
  },
  'room-more': {
    path: '/room/m1',
    narrow: true,
    act: async (page) => {
      await enter(page);
      await id(page, 'more').click();
    },
  },
  'room-lost': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.world.silent = true;
      mock.cut();
      await page.locator('[data-testid=banner][data-kind=socket]').waitFor();
    },
  },
  'room-toasts': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'muted-by-host', by: 2 });
      mock.tell({ type: 'participant-left', participant: 4, reason: 'dropped' });
      await page.locator('.toast').nth(1).waitFor();
    },
  },
  'room-waiting': {
    path: '/room/m1',
    world: { waiting: { reason: 'locked', position: 2 } },
    act: async (page) => {
      await id(page, 'join').click();
      await page.locator('[data-phase=waiting]').waitFor();
    },
  },
  'room-select': {
    path: '/room/m1',
    full: true,
    change: (w) => Object.assign(w.room, { breakouts }),
    act: async (page) => {
      await enter(page);
      await choose(page, 2, 4);
      await page.locator('.chamber [data-testid=select]').first().check();
      await says(page, '[data-testid=move-bar]', /3/);
    },
  },
  'room-move': {
    path: '/room/m1',
    change: (w) => Object.assign(w.room, { breakouts: structuredClone(breakouts) }),
    act: async (page) => {
      await enter(page);
      await choose(page, 2, 4);
      await id(page, 'move-to').click();
      await page.locator('.place[data-key=m2]').waitFor();
    },
  },
  'room-moved-some': {
    path: '/room/m1',
    world: { refuseMove: { 5: 'full' } },
    change: (w) => Object.assign(w.room, { breakouts: structuredClone(breakouts) }),
    act: async (page) => {
      await enter(page);
      await choose(page, 2, 4, 5);
      await id(page, 'move-to').click();
      await page.locator('.place[data-key=breakout-2] input').check();
      await id(page, 'submit').click();
      await page.locator('[data-testid=results] [data-code=full]').waitFor();
    },
  },
  'room-move-undo': {
    path: '/room/m1',
    change: (w) => Object.assign(w.room, { breakouts: structuredClone(breakouts) }),
    act: async (page, mock) => {
      await enter(page);
      await choose(page, 2, 4);
      await id(page, 'move-to').click();
      await page.locator('.place[data-key=breakout-2] input').check();
      await id(page, 'submit').click();
      await page.locator('[data-testid=roster] [data-participant="4"]').waitFor({ state: 'detached' });
      await page.locator('[data-testid=chamber][data-room="2"]', { hasText: 'Caller 4' }).waitFor();
      const offers = mock.world.offers;
      await id(page, 'move-done').click();
      await page.locator('.toast button').first().click();
      await page.locator('[data-testid=roster] [data-participant="4"]').waitFor();
      if (mock.world.offers !== offers) throw new Error('moving made another offer');
    },
  },
  'room-moved': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      const offers = mock.world.offers;
      mock.move({
        room: { breakout: 2, locked: false, breakouts: structuredClone(breakouts) },
        roster: mock.world.roster.slice(0, 2),
      });
      await page.locator('[data-testid=room][data-breakout="2"][data-audio=connected]').waitFor();
      await page.locator('.toast').waitFor();
      if (mock.world.offers !== offers) throw new Error('being moved made another offer');
    },
  },
  'room-breakouts': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await id(page, 'more').click();
      await id(page, 'more-breakouts').click();
      await id(page, 'how-many').fill('3');
      await id(page, 'submit').click();
      await page.locator('[data-testid=chamber][data-room="3"]').waitFor();
      await selected(page).first().waitFor();
      await id(page, 'move-cancel').click();
      await page.locator('.chambers .button.quiet').click();
      await id(page, 'close-breakouts').waitFor();
    },
  },
  'room-phones': {
    path: '/room/m1',
    change: (w) => {
      w.doorList.push({ participant: 8, name: 'Caller 8', kind: 'phone' });
      Object.assign(w.roster[3], guarded);
    },
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'host-called', participant: 4 });
      mock.tell({ type: 'participant-changed', participant: { ...mock.world.roster[1], ...guarded } });
      await page.locator('.toast').nth(1).waitFor();
    },
  },
  'room-unguard': {
    path: '/room/m1',
    narrow: true,
    change: (w) => Object.assign(w.roster[3], guarded),
    act: async (page) => {
      await enter(page);
      await id(page, 'unguard').click();
      await page.locator('[data-participant="4"][data-guarded=false]').waitFor();
    },
  },
  'room-record-ask': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('Shift+R');
      await id(page, 'confirm').waitFor();
    },
  },
  'room-announcing': {
    path: '/room/m1',
    world: { slow: true },
    act: async (page, mock) => {
      await enter(page);
      await page.keyboard.press('Shift+R');
      await id(page, 'confirm').click();
      await page.locator('[data-testid=notice][data-heard=true]').waitFor();
      if (mock.world.heard !== 1) throw new Error(`heard was said ${mock.world.heard} times`);
    },
  },
  'room-recording': {
    path: '/j/abc',
    world: { loggedIn: false },
    full: true,
    change: (w) => {
      Object.assign(w.roster[0], { role: 'guest' });
      w.room.locked = false;
      w.room.recording = { state: 'on', by: 2, name: '韩梅梅', since: Date.now() - 192_000 };
    },
    act: async (page) => {
      await id(page, 'guest-name').fill('Ana');
      await enter(page);
      await id(page, 'rec-object').click();
      await page.locator('.rec-own').waitFor();
      await id(page, 'rec-object').waitFor({ state: 'detached' });
    },
  },
  'room-no-key-file': {
    path: '/room/m1',
    narrow: true,
    world: { refuseAct: { record: 'unavailable' } },
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('Shift+R');
      await id(page, 'confirm').click();
      await page.locator('.toast.bad').waitFor();
    },
  },
  'room-hand-over': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('Shift+P');
      await id(page, 'phone-code').waitFor();
    },
  },
  'room-elsewhere': {
    path: '/room/m1',
    world: { elsewhere: 5 },
    narrow: true,
    act: async (page) => {
      await enter(page);
      await page.locator('[data-kind=elsewhere]').waitFor();
      await page.locator('[data-kind=elsewhere] button').click();
      await page.locator('[data-participant="5"]').waitFor({ state: 'detached' });
    },
  },
  'room-sound': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await page.keyboard.press('s');
      await id(page, 'tones').waitFor();
    },
  },
  'room-waiting-early': {
    path: '/room/m1',
    change: (w) => {
      w.waiting = { reason: 'early', position: 3, opensAt: Date.now() + 12 * 60_000 - 2000 };
    },
    act: async (page) => {
      await id(page, 'join').click();
      await says(page, '.wait-time', /12/);
    },
  },
  'room-waiting-host': {
    path: '/room/m1',
    narrow: true,
    world: { waiting: { reason: 'locked', position: 2 } },
    act: async (page, mock) => {
      await id(page, 'join').click();
      await page.locator('[data-reason=locked][data-position="2"]').waitFor();
      mock.tell({ type: 'still-waiting', reason: 'host', position: 1 });
      await page.locator('[data-reason=host][data-position="1"]').waitFor();
    },
  },
};
