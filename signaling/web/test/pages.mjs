// Opens every page against the mock in Chromium, in both languages, light and
// dark, wide and narrow; takes a screenshot of each and fails on accessibility
// violations (axe-core), errors in the console and sideways scrolling. Then it
// walks from the log-in through a meeting with the keyboard alone.
//
//   npm run build && npm run pages [-- FOLDER [NAME…]]    needs Chromium
//
// FOLDER may be -, for no screenshots: what is wrong is found without them.
//
// Every page is looked at in one of two pairs of looks, by turns, which between
// them have both languages, schemes and widths; those marked `full`, and those
// that are named, in all four.

import { mkdir, readFile } from 'node:fs/promises';
import { join as pathTo } from 'node:path';
import { chromium } from 'playwright-core';
import { walk } from './keyboard.mjs';
import { company } from './looks/company.mjs';
import { ends } from './looks/ends.mjs';
import { join } from './looks/join.mjs';
import { legs } from './looks/legs.mjs';
import { paid } from './looks/paid.mjs';
import { plan } from './looks/plan.mjs';
import { quality } from './looks/quality.mjs';
import { remind } from './looks/remind.mjs';
import { room } from './looks/room.mjs';
import { start } from './looks/start.mjs';
import { untrusted } from './looks/steps.mjs';
import { startMock } from './mock.mjs';

const [folder = 'screenshots', ...only] = process.argv.slice(2);
const pictures = folder !== '-';
const axe = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Each page: where it is, what the world is like, what to do before looking. */
const pages = {
  ...start,
  ...join,
  ...room,
  ...paid,
  ...plan,
  ...remind,
  ...company,
  ...quality,
  ...legs,
  ...ends,
};

/** So many browsers' pages are looked at side by side. */
const WORKERS = 3;
/** What is waited for comes, but on a machine with other work not within 30 s, ms. */
const PATIENCE = Number(process.env.PATIENCE ?? 90_000);

const pairs = [
  [
    { language: 'en', scheme: 'light', width: 1280, height: 800 },
    { language: 'zh-CN', scheme: 'dark', width: 360, height: 740 },
  ],
  [
    { language: 'zh-CN', scheme: 'light', width: 1280, height: 800 },
    { language: 'en', scheme: 'dark', width: 360, height: 740 },
  ],
];

/** Everything to be looked at, in order. */
function looks() {
  const named = Object.keys(pages).filter((name) => only.length === 0 || only.includes(name));
  const all = named.flatMap((name, n) => {
    const views = pages[name].full || only.length > 0 ? pairs.flat() : pairs[n % 2];
    return views.filter((v) => !pages[name].narrow || v.width < 400).map((view) => ({ name, view }));
  });
  return only.length === 0 || only.includes('keyboard') ? [{ name: 'keyboard' }, ...all] : all;
}

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
        const look = () => pc.iceGatheringState === 'complete' && resolve();
        pc.onicegatheringstatechange = look;
        // One address is enough to be found at.
        pc.onicecandidate = () => resolve();
        look();
        setTimeout(resolve, 1500);
      });
      return pc.localDescription.sdp;
    }, sdp);
};

/**
 * What Chromium says of every request under way when any network interface of
 * the machine comes or goes, be it that of another test: nothing of ours.
 */
const elsewhere = 'ERR_NETWORK_CHANGED';
/** So many times a look that was torn by that is repeated. */
const AGAIN = 5;

/** A page of a fresh browser profile, and what went wrong on it. */
async function open(browser, view, spec) {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.scheme,
    locale: view.language,
    // Pictures are taken when something is there, not when it has finished moving.
    reducedMotion: 'reduce',
    permissions: ['microphone', 'clipboard-write'],
  });
  const faults = [];
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    if (why.includes(elsewhere)) faults.push(`${why}: ${request.url()}`);
  });
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
  return { context, page, faults };
}

/** Waits until what is there has been drawn, and what moves once has moved. */
const settled = (page) =>
  page.evaluate(async () => {
    await document.fonts.ready;
    const drawn = () => new Promise(requestAnimationFrame);
    await drawn();
    const once = document
      .getAnimations()
      .filter((a) => a.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.all(once.map((a) => a.finished.catch(() => {})));
    await drawn();
  });

/** What is wrong with a page as it stands. */
async function judge(page) {
  const faults = [];
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
  return faults;
}

async function look(browser, answer, name, view) {
  const spec = pages[name];
  const mock = await startMock({ answer });
  Object.assign(mock.world, spec.world);
  spec.change?.(mock.world);
  const { context, page, faults } = await open(browser, view, spec);
  const picture = async (mark) =>
    pictures &&
    page.screenshot({
      path: pathTo(folder, `${mark}${name}.${view.language}.${view.scheme}.${view.width}.png`),
    });
  try {
    await page.goto(mock.url.replace('localhost', spec.host ?? 'localhost') + spec.path);
    await page.locator('h1').first().waitFor();
    await spec.act?.(page, mock);
    await settled(page);
    await picture('');
    faults.push(...(await judge(page)));
  } catch (error) {
    faults.push(String(error));
    await picture('FAILED-').catch(() => {});
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
  page.setDefaultTimeout(PATIENCE);
  try {
    await page.goto(`${mock.url}/login`);
    await page.locator('h1').waitFor();
    await walk(page);
    return [];
  } catch (error) {
    if (pictures) await page.screenshot({ path: pathTo(folder, 'FAILED-keyboard.png') }).catch(() => {});
    return [String(error)];
  } finally {
    await context.close();
    await mock.close();
  }
}

if (pictures) await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-device-for-media-stream',
    '--allow-loopback-in-peer-connection',
    '--disable-background-networking',
    `--host-resolver-rules=MAP ${untrusted} 127.0.0.1`,
  ],
});
const queue = looks();
const seen = queue.length;
let bad = 0;

/** Looks at one after the other until nothing is left. */
async function work() {
  const answer = await answerer(browser);
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { name, view } = next;
    const where = view ? `${name} ${view.language} ${view.scheme} ${view.width}` : name;
    const once = () => (view ? look(browser, answer, name, view) : keyboard(browser, answer));
    let faults = await once();
    for (let again = 0; again < AGAIN && faults.some((f) => f.includes(elsewhere)); again++)
      faults = await once();
    for (const fault of faults) console.log(`${where}: ${fault}`);
    bad += faults.length;
  }
}

await Promise.all(Array.from({ length: WORKERS }, work));
await browser.close();
console.log(`${seen} looks, ${bad} faults`);
process.exitCode = bad > 0 ? 1 : 0;
