// One visit without a mouse, with real key events: from the log-in to a room
// and out of it. Fails when a control cannot be reached by Tab, when the focus
// cannot be seen where it is, or when it gets lost on the way.

const id = (page, name) => page.getByTestId(name);
const room = '[data-testid=room][data-phase=in]';

/** What has the focus, and what is wrong with it. */
function focused(page, byTab) {
  return page.evaluate((tab) => {
    const at = document.activeElement;
    if (!at || at === document.body) return { fault: 'nothing has the focus' };
    const name = at.getAttribute('data-testid') ?? at.getAttribute('name') ?? at.localName;
    const box = at.getBoundingClientRect();
    const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth;
    if (!seen) return { name, fault: `the focus is out of sight on ${name}` };
    const ringed = [at, at.parentElement].some((e) => e && getComputedStyle(e).outlineStyle !== 'none');
    if (tab && !(at.matches(':focus-visible') && ringed))
      return { name, fault: `the focus cannot be seen on ${name}` };
    return { name };
  }, byTab);
}

/**
 * Waits until something that can be seen has the focus, or what is named: the
 * page moves it in effects, a frame or two after what they belong to is there.
 */
async function kept(page, after, wanted) {
  for (let n = 0; ; n++) {
    const { name, fault } = await focused(page, false);
    if (!fault && (wanted ?? name) === name) return;
    if (n === 40) throw new Error(`after ${after}: ${fault ?? `the focus is on ${name}, not on ${wanted}`}`);
    await page.waitForTimeout(50);
  }
}

/** Presses Tab until `name` (a test id or a field's name) has the focus. */
async function tabTo(page, name) {
  const passed = [];
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press('Tab');
    const { name: at, fault } = await focused(page, true);
    if (fault) throw new Error(`on the way to ${name}, after ${passed.join(', ') || 'nothing'}: ${fault}`);
    if (at === name) return;
    passed.push(at);
  }
  throw new Error(`Tab does not reach ${name}: ${passed.join(', ')}`);
}

const microphone = (page, muted) => page.locator(`${room}[data-muted=${muted}]`).waitFor();
const hand = (page, up) => page.locator(`[data-testid=hand][data-on=${up}]`).waitFor();

/**
 * Taps the space bar for 60 ms by the key's own clock. On a busy machine the
 * two halves of `press` may be further apart than a tap is long, and what
 * follows is push-to-talk, as it should be.
 */
async function tapSpace(page) {
  const keys = await page.context().newCDPSession(page);
  const space = { key: ' ', code: 'Space', windowsVirtualKeyCode: 32 };
  const at = Date.now() / 1000;
  await keys.send('Input.dispatchKeyEvent', { ...space, type: 'keyDown', text: ' ', timestamp: at });
  await keys.send('Input.dispatchKeyEvent', { ...space, type: 'keyUp', timestamp: at + 0.06 });
  await keys.detach();
}

async function enter(page) {
  await tabTo(page, 'email');
  await page.keyboard.type('lilei@example.com');
  await tabTo(page, 'password');
  await page.keyboard.type('correct horse');
  await page.keyboard.press('Enter');
  await id(page, 'meet-now').waitFor();
  await kept(page, 'log-in');
  await tabTo(page, 'meet-now');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=join]:enabled').waitFor();
  await kept(page, 'Meet now');
  await tabTo(page, 'join-muted');
  await page.keyboard.press('Space');
  await tabTo(page, 'join');
  await page.keyboard.press('Enter');
  await microphone(page, true);
  await kept(page, 'joining');
}

async function talk(page) {
  await page.keyboard.down('Space');
  await microphone(page, false);
  await page.keyboard.up('Space');
  await microphone(page, true);
  await page.keyboard.press('m');
  await microphone(page, false);
  await page.keyboard.press('h');
  await hand(page, true);
  await tabTo(page, 'mute');
  await page.keyboard.press('Enter');
  await microphone(page, true);
  await tapSpace(page);
  await microphone(page, false);
  await tabTo(page, 'hand');
  await page.keyboard.press('Space');
  await hand(page, false);
  await kept(page, 'lowering the hand');
}

/** Chooses somebody to be moved, thinks better of it, and is back where the choice began. */
async function choose(page) {
  await tabTo(page, 'move');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=move-bar]').waitFor();
  await kept(page, 'Move', 'p'); // where it says how many are chosen
  await tabTo(page, 'select');
  await page.keyboard.press('Space');
  await page.locator('[data-testid=move-to]:enabled').waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.locator('.place').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await kept(page, 'Esc', 'move-to');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=move-bar]').waitFor({ state: 'detached' });
  await kept(page, 'Cancel', 'move');
}

async function ask(page) {
  await tabTo(page, 'end');
  await page.keyboard.press('Enter');
  await id(page, 'confirm').waitFor();
  await kept(page, 'the question', 'cancel');
  await tabTo(page, 'confirm');
  await page.keyboard.press('Escape');
  await id(page, 'confirm').waitFor({ state: 'detached' });
  await kept(page, 'Esc', 'end');
}

/** The whole walk, on a page that shows the log-in. */
export async function walk(page) {
  await enter(page);
  await talk(page);
  await choose(page);
  await ask(page);
  await tabTo(page, 'leave');
  await page.keyboard.press('Enter');
  await id(page, 'over').waitFor();
  await kept(page, 'leaving');
  await tabTo(page, 'rejoin');
}
