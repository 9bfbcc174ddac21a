// What every browser scenario needs: a server of its own, windows that notice what must not happen, and named steps.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(join(root, 'web/'));
const { chromium } = require('playwright-core');
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const hostile = JSON.parse(readFileSync(join(root, 'web/src/test/hostile.json'), 'utf8'));
export const screens = join(root, 'build/e2e-screens');
export const deep = process.env.LARES_DEEP === '1';
export const password = 'correct horse battery staple 7';
export { sleep };

const binary = process.env.LARES_BIN ?? join(root, 'build/release/bin/lares');
// A busy machine with a software renderer: be patient with what is slow, never with what is wrong.
export const patience = 180_000;
// An answer to its end, spoken or written, is as slow as the machine.
export const longAnswer = 600_000;

// A desk and a phone, light and dark: each size and each scheme once, and with LARES_DEEP=1 each with each.
export const looks = [
  { shape: 'desktop', scheme: 'light', width: 1280, height: 800 },
  { shape: 'phone', scheme: 'dark', width: 390, height: 844 },
  ...(deep ? [{ shape: 'phone', scheme: 'light', width: 390, height: 844 }, { shape: 'desktop', scheme: 'dark', width: 1280, height: 800 }] : []),
];

const servers = new Set();

export class Server {
  constructor(env = {}) {
    this.data = mkdtempSync(join(tmpdir(), 'lares-e2e-'));
    // The model computes on one core: its threads wait for each other by spinning, which a browser beside them turns into standing still.
    this.env = { PATH: process.env.PATH, HOME: process.env.HOME, LLM_THREADS: '1', LLM_BATCH_THREADS: '1', JWT_SECRET: randomBytes(32).toString('hex'), API_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url') + '=', ...env };
    for (const name of ['LARES_CACHE', 'LARES_DEPS']) if (process.env[name]) this.env[name] = process.env[name];
    this.port = 0;
  }

  async start() {
    const portFile = join(this.data, 'port');
    rmSync(portFile, { force: true });
    this.log = join(this.data, 'server.log');
    const log = openSync(this.log, 'a');
    this.process = spawn(binary, ['serve', '--data', join(this.data, 'data'), '--port', String(this.port), '--port-file', portFile], { env: this.env, cwd: this.data, stdio: ['ignore', log, log] });
    servers.add(this);
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    await until(() => {
      if (this.process.exitCode !== null) throw new Error(`the server ended:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
      return existsSync(portFile) && readFileSync(portFile, 'utf8').trim() !== '';
    }, 'the server listens');
    this.port = Number(readFileSync(portFile, 'utf8'));
    this.url = `http://127.0.0.1:${String(this.port)}`;
    return this;
  }

  async talking() {
    await until(async () => (await fetch(`${this.url}/ready?engines=1`).catch(() => null))?.status === 200, 'the model is loaded');
  }

  async kill() {
    this.process?.kill('SIGKILL');
    await this.ended;
    servers.delete(this);
  }

  async close() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  async call(method, path, body, token) {
    const answer = await fetch(this.url + path, { method, headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(token ? { Authorization: `Bearer ${token}` } : {}) }, body: body ? JSON.stringify(body) : undefined });
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** Whoever is signed in on that page reads an answer as it is written, ahead of its voice. */
  async readsAtOnce(page) {
    await page.evaluate(() => fetch('/api/v1/voice/settings', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text_in_step: false }) }));
    await page.goto(this.url);
  }

  async person(name) {
    await this.call('POST', '/api/v1/auth/register', { email: `${name}@example.org`, username: name, password });
    return (await this.call('POST', '/api/v1/auth/login', { login: name, password })).access_token;
  }
}

export async function until(condition, what, ms = patience) {
  const end = Date.now() + ms;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`it did not come true in time: ${what}`);
    await sleep(25);
  }
}

let browser;
export async function launch() {
  browser ??= await chromium.launch({
    executablePath: process.env.LARES_CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
  return browser;
}

/** What went wrong in any window, unless a scenario expects it. */
export const faults = [];

/** Each answer that the page asks for is made with this beside what the page says. */
function askWith(more) {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    const frame = typeof text === 'string' ? JSON.parse(text) : null;
    if (frame?.event === 'message') Object.assign(frame.data, more);
    return send.call(this, frame ? JSON.stringify(frame) : text);
  };
}

/** Text waits for its voice however slow the machine makes it, and not 2.5 s only: who stops it has then read no further than heard. */
function waitForTheVoice() {
  const { setTimeout: plain } = window;
  window.setTimeout = (work, ms, ...rest) => plain(work, ms === 2_500 ? 600_000 : ms, ...rest);
}

/**
 * A window of a fresh browser profile (or of `state`, one that was signed in). It records console errors, uncaught exceptions,
 * requests that leave the server, dialogs, and calls of __hit(), which hostile text tries to make. `most`: tokens of an answer that it asks for; `endless`: an
 * answer comes to all of them (without chance, a small model repeats itself and finds no end); `inStep`: its text comes with its voice, never ahead of it.
 */
export async function open(server, { state, width = 1280, height = 800, scheme = 'light', language = 'en-GB', expect = [], most, endless, inStep, ...options } = {}) {
  const phone = width < 600;
  const context = await (await launch()).newContext({ viewport: { width, height }, colorScheme: scheme, locale: language, timezoneId: 'UTC', storageState: state, hasTouch: phone, isMobile: phone, ...options });
  context.setDefaultTimeout(patience);
  await context.exposeBinding('__hit', ({ page }) => faults.push(`hostile text ran in ${page.url()}`));
  await context.addInitScript(() => {
    window.alert = window.confirm = window.prompt = () => window.__hit();
  });
  if (most) await context.addInitScript(askWith, { max_tokens: most, ...(endless ? { temperature: 0 } : {}) });
  if (inStep) await context.addInitScript(waitForTheVoice);
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.port !== String(server.port) && !['data:', 'blob:'].includes(url.protocol)) faults.push(`a request left the server: ${url.href}`);
  });
  const watch = (page) => {
    page.on('pageerror', (error) => faults.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('dialog', (dialog) => {
      faults.push(`a dialog opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      const text = `${message.text()} (${message.location().url})`;
      if (!expect.some((pattern) => pattern.test(text))) faults.push(`console ${message.type()}: ${text}`);
    });
  };
  context.on('page', watch);
  const page = await context.newPage();
  await page.goto(server.url);
  return page;
}

export async function firstAccount(page, name = 'ada') {
  await page.getByRole('textbox', { name: /^Email/ }).fill(`${name}@example.org`);
  await page.getByRole('textbox', { name: /^User name/ }).fill(name);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Create the first account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
}

export async function signIn(page, name = 'ada', words = password) {
  await page.getByRole('textbox', { name: /^Email or user name/ }).fill(name);
  await page.getByLabel(/^Password/).fill(words);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const composer = (page) => page.getByRole('textbox', { name: /^Write to/ });
export const stopButton = (page) => page.getByRole('button', { name: /^Stop the answer/ });
export const answers = (page) => page.locator('[role="article"]');

/** What the server has of the conversation that a window shows. */
export const history = (page) => page.evaluate(async (conversation) => (await fetch(`/api/v1/chat/history?conversation_id=${conversation}`)).json(), page.url().split('/').at(-1));

/** The answer to what was said last has begun, and so much of it is in the store (-> its text). Not the greeting, which stands there before. */
export async function answerHas(page, characters) {
  await page.waitForURL(/\/chat\/\w+/);
  let text = '';
  await until(async () => {
    const { items, running } = await history(page);
    text = running ? running.text : (items.at(-1)?.role === 'assistant' ? items.at(-1).text : '');
    return text.length >= characters || (!running && items.at(-1)?.role === 'assistant');
  }, `the store has ${String(characters)} characters of the answer`, longAnswer);
  return text;
}

/** Nothing is answered any more, in the store and on the page; what still runs is stopped. */
export async function atRest(page) {
  await until(async () => {
    if ((await stopButton(page).count()) > 0) {
      await stopButton(page).click({ timeout: 5_000 }).catch(() => undefined);
      return false;
    }
    return (await history(page)).running == null;
  }, 'nothing is answered any more', longAnswer);
}

/**
 * Notes from now on each time the last text of a window goes on from what it was, however seldom it is asked (-> how often it did, asked as often as one
 * likes). Another text in its place, as a message after a greeting or the first word after a wait, is no growth.
 */
export async function watchGrowth(page) {
  await page.evaluate(() => {
    let before = '';
    window.__grown = 0;
    const note = () => {
      const now = [...document.querySelectorAll('[role="article"]')].at(-1)?.textContent ?? '';
      if (before !== '' && now.length > before.length && now.startsWith(before)) window.__grown += 1;
      before = now;
    };
    new MutationObserver(note).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
  return () => page.evaluate(() => window.__grown);
}

/** What a text says, whatever its markup is while it streams in. */
export const letters = (text) => text.replaceAll(/[^\p{L}]/gu, '');

export async function send(page, text) {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** The file that a choice brings. Both are waited for together: a choice that gets nowhere is told as one. */
export async function fileOf(page, choose) {
  const [download] = await Promise.all([page.waitForEvent('download'), choose()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** A PNG of one colour. */
export async function drawn(page, colour) {
  const base64 = await page.evaluate((fill) => {
    const canvas = document.createElement('canvas');
    canvas.width = 40;
    canvas.height = 60;
    const context = canvas.getContext('2d');
    context.fillStyle = fill;
    context.fillRect(0, 0, 40, 60);
    return canvas.toDataURL('image/png').split(',')[1];
  }, colour);
  return Buffer.from(base64, 'base64');
}

/** Nothing wider than the window, nor than the messages' own list, which cuts off what is. */
export async function noOverflow(page) {
  const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('[role="feed"]')].map((box) => box.scrollWidth - box.clientWidth));
  if (wide.some((pixels) => pixels > 0)) throw new Error(`${page.url()} is ${String(wide[0])} px wider than the window, its list of messages has ${wide.slice(1).join()} px too many`);
}

/** Every address of the page as its router has it, by name of its route's frame; parameters stand in it as `$name`. */
export function routes() {
  const source = readFileSync(join(root, 'web/src/app/router.tsx'), 'utf8');
  const found = new Map();
  for (const [, name, rest] of source.matchAll(/const (\w+) = createRoute\(\{(.*?)\}\);/gs)) {
    found.set(name, { parent: /getParentRoute: \(\) => (\w+)/.exec(rest)[1], path: /\bpath: '([^']*)'/.exec(rest)?.[1] ?? '' });
  }
  const frame = ({ parent }) => (found.get(parent)?.path === '' ? parent : frame(found.get(parent)));
  const address = (route) => (route ? `${address(found.get(route.parent))}/${route.path}`.replace(/\/+/g, '/') : '');
  return [...found.values()].filter(({ path }) => path !== '').map((route) => ({ frame: frame(route), path: address(route) }));
}

export async function noViolations(page, where = page.url()) {
  // Colours are judged when they have arrived; what a closed fold hides stands still until it is opened.
  await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity && effect?.target?.checkVisibility()).map((one) => one.finished.catch(() => undefined))));
  // The policy refuses scripts of others; the browser's own door does not ask it.
  if (await page.evaluate(() => !window.axe)) await page.evaluate(axeSource);
  // A tooltip says the name that its button has; it comes and goes with the pointer, sooner or later than this looks, and stands in no landmark.
  const { violations } = await page.evaluate(() => window.axe.run({ exclude: [['[role="tooltip"]']] }, { resultTypes: ['violations'] }));
  if (violations.length > 0) {
    throw new Error(`axe at ${where}:\n${violations.map(({ id, impact, nodes }) => `  ${id} (${impact}): ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join('\n    ')}`).join('\n')}`);
  }
}

export async function picture(page, name, options = {}) {
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: join(screens, `${name}.png`), animations: 'disabled', caret: 'hide', ...options });
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** Runs the steps in order; each is one test. A failed one leaves out those after it, which stand on it. */
export async function scenario(steps) {
  const results = [];
  let broken = false;
  for (const [name, work] of Object.entries(steps)) {
    if (broken) {
      results.push({ name, ok: false, message: 'left out: a step before it failed' });
      continue;
    }
    const before = faults.length;
    const began = Date.now();
    try {
      await work();
      if (faults.length > before) throw new Error(faults.slice(before).join('\n'));
      results.push({ name, ok: true });
      process.stderr.write(`${String(Math.round((Date.now() - began) / 100) / 10)} s: ${name}\n`);
    } catch (error) {
      broken = true;
      results.push({ name, ok: false, message: [error.stack ?? String(error), ...faults.slice(before)].join('\n') });
      const pages = browser?.contexts().flatMap((context) => context.pages()) ?? [];
      for (const [index, page] of pages.entries()) await picture(page, `failed-${basename(process.argv[1], '.mjs')}-${String(index)}`).catch(() => undefined);
    }
  }
  await browser?.close();
  for (const server of servers) await server.close();
  process.stdout.write(`${JSON.stringify(results)}\n`);
  process.exit(results.every(({ ok }) => ok) ? 0 : 1);
}
