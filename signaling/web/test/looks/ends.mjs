// How a visit ends.

import { enter, id, over, says } from './steps.mjs';

export const ends = {
  'over-left': {
    path: '/room/m1',
    act: async (page) => {
      await enter(page);
      await id(page, 'leave').click();
      await id(page, 'over').waitFor();
    },
  },
  'over-ended': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'ended', by: 2 });
      await over(page, 'ended');
      await says(page, '[data-testid=over]', '韩梅梅');
    },
  },
  'over-removed': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
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
    world: { loggedIn: false, waiting: { reason: 'locked', position: 1 } },
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
      await enter(page);
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
  'over-handed-over': {
    path: '/room/m1',
    act: async (page, mock) => {
      await enter(page);
      mock.tell({ type: 'handed-over', as: 9 });
      await over(page, 'handed-over');
    },
  },
};
