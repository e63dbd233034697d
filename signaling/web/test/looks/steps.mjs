// What the looks have in common: how one gets somewhere, and how one knows.

export const id = (page, name) => page.getByTestId(name);

// An address that Chromium maps to the mock, but does not trust as it does localhost.
export const untrusted = 'meet.example.com';

/** Joins from the pre-join page; there once the sound is, and the talker is seen to talk. */
export async function enter(page) {
  await id(page, 'join').click();
  await page.locator('[data-testid=room][data-phase=in][data-audio=connected]').waitFor();
  if (await page.locator('[data-participant="2"]').count())
    await page.locator('[data-participant="2"][data-talking=true]').waitFor();
}

export async function over(page, why) {
  await page.locator(`[data-testid=over][data-why=${why}]`).waitFor();
}

export const says = (page, selector, text) => page.locator(selector, { hasText: text }).waitFor();

/** The microphone was opened, and joining is possible. */
export const ready = (page) => page.locator('[data-testid=join]:enabled').waitFor();
