// The voice in the page: what is played is what was sent, the mouth and the text go with it, a stop is silence. Steps with a scripted
// socket know each sample; those at the end listen to the real server.
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { answers, check, composer, deep, faults, firstAccount, letters, longAnswer, noOverflow, noViolations, open, picture, root, scenario, send, Server, sleep, stopButton, until } from './kit.mjs';

const require = createRequire(join(root, 'web/'));
const RATE = 24_000;
const EMOTIONS = ['neutral', 'happy', 'sad', 'angry', 'surprised', 'tender'];
const SHAPES = ['sil', 'PP', 'FF', 'TH', 'DD', 'kk', 'CH', 'SS', 'nn', 'RR', 'aa', 'E', 'ih', 'oh', 'ou'];
/** The mouth closes at most so long ahead; who draws more seldom cannot always show it. */
const SLOWEST_DRAWING_MS = 50;
const server = new Server();
let page;
let state;
let script;
/** What the real server sent. */
const wire = { samples: 0, chunks: [], visemes: new Map(), done: null };

/** Counts what goes to the audio thread and comes back, and listens to what leaves for the loudspeaker. */
function watchAudio(everyMs) {
  const seen = (window.__audio = { given: 0, arrivals: [], reports: [], loudAt: 0, restAt: 0 });
  const Node = window.AudioWorkletNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...all) {
      super(...all);
      seen.context = all[0];
      this.port.addEventListener('message', ({ data }) => seen.reports.push({ ...data, now: performance.now() }));
      const post = this.port.postMessage.bind(this.port);
      this.port.postMessage = (message, transfer) => {
        if (message.is === 'samples') {
          seen.given += message.samples.length;
          seen.arrivals.push(Math.round(performance.now()));
        }
        post(message, transfer);
      };
    }
  };
  const connect = window.AudioNode.prototype.connect;
  window.AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const tap = this.context.createAnalyser();
      tap.fftSize = 128;
      const wave = new Float32Array(tap.fftSize);
      connect.call(this, tap);
      setInterval(() => {
        tap.getFloatTimeDomainData(wave);
        if (wave.some((sample) => Math.abs(sample) > 1e-3)) seen.loudAt = performance.now();
      }, everyMs);
    }
    return connect.call(this, to, ...rest);
  };
  new MutationObserver(() => {
    const open = document.querySelector('[data-part="hole"]')?.getAttribute('opacity') === '1';
    if (open) seen.openAt = performance.now();
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['opacity'] });
}

/** With each drawing of the mouth: where the sound is, and whether the lips are apart. */
function watchMouth() {
  window.__mouth = [];
  const drawn = (window.__drawn = []);
  const each = (now) => {
    drawn.push(now);
    requestAnimationFrame(each);
  };
  requestAnimationFrame(each);
  new MutationObserver((changes) => {
    const hole = changes.find(({ target }) => target.dataset?.part === 'hole')?.target;
    const at = window.__audio.reports.findLast(({ is }) => is !== 'flushed');
    if (!at || !hole || at.is === 'end' || at.is === 'dry') return;
    const { context } = window.__audio;
    window.__mouth.push({ ms: at.played / 24 + (context.currentTime - at.frame / 24_000 - (context.outputLatency || 0)) * 1000, open: hole.getAttribute('opacity') === '1' });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['opacity'] });
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let digit = 0; digit < 26; digit += 1) {
    text = DIGITS[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return { bytes, text };
}

/** The server's end of the page's socket, played by the test. */
class Script {
  heard = [];
  cancelled = [];
  asked = [];
  conversations = new Map();

  async take(window) {
    await window.routeWebSocket(/\/api\/v1\/chat$/, (socket) => {
      this.socket = socket;
      socket.onMessage((text) => {
        const { event, data } = JSON.parse(text);
        if (event === 'hello') this.tell('ready', {});
        if (event === 'message') this.asked.push(data);
        if (event === 'heard') this.heard.push(data);
        if (event === 'cancel') this.cancelled.push(data);
      });
    });
    await window.route('**/api/v1/status', async (route) => {
      const answer = await route.fetch();
      const status = await answer.json();
      const voice = { kind: 'voice', name: 'voice', state: 'ready', progress: 1, ...this.engine };
      await route.fulfill({ json: { ...status, engines: [...status.engines.filter(({ kind }) => kind !== 'voice'), voice] } });
    });
    await window.route('**/api/v1/chat/history*', (route) => {
      const id = new URL(route.request().url()).searchParams.get('conversation_id');
      const kept = this.conversations.get(id);
      return kept ? route.fulfill({ json: { conversation_id: id, character_id: kept.character, title: 'x', seq: kept.seq, items: kept.items, next: null, running: kept.running ?? null } }) : route.continue();
    });
    await window.route('**/api/v1/chat/cancel', (route) => route.fulfill({ status: 204 }));
  }

  tell(event, data, id) {
    this.socket.send(JSON.stringify({ event, data, ...(id ? { id } : {}) }));
  }

  event(kept, kind, data) {
    kept.seq += 1;
    if (data.message) data.message.seq = kept.seq;
    this.tell('event', { conversation_id: kept.id, seq: kept.seq, kind, at: Date.now(), data });
  }

  /** Takes up the message that the page sent; the turn has begun. */
  async begin() {
    await until(() => this.asked.length > 0, 'the page sends its message');
    const asked = this.asked.shift();
    let kept = this.conversations.get(asked.conversation_id);
    if (!kept) {
      kept = { id: newId().text, seq: 0, items: [], character: asked.character_id };
      this.conversations.set(kept.id, kept);
      this.event(kept, 'conversation_created', { character_id: kept.character, title: 'x' });
    }
    const turn = newId();
    const answer = { id: newId().text, parent: newId().text, role: 'assistant', text: '', state: 'done', created: Date.now(), turn_id: turn.text };
    const message = { id: answer.parent, parent: kept.items.at(-1)?.id ?? null, role: 'user', text: asked.message, state: 'done', created: Date.now(), client_id: asked.client_id };
    kept.items.push(message);
    kept.running = { turn_id: turn.text, message_id: answer.id, parent: message.id, text: '' };
    const told = new Turn(this, kept, turn, answer);
    this.tell('accepted', { conversation_id: kept.id, message_id: message.id, turn_id: turn.text, client_id: asked.client_id });
    this.event(kept, 'message_accepted', { message, turn_id: turn.text, answer_id: answer.id });
    // The page loads the history of the new conversation; frames follow when it stands.
    await until(() => page.url().endsWith(kept.id), 'the conversation opens');
    told.frame('turn_started', { turn_id: turn.text, conversation_id: kept.id, message_id: answer.id, text: '' });
    return told;
  }
}

class Turn {
  number = 1;
  text = '';
  clauses = 0;
  samples = 0;

  constructor(script, kept, turn, answer) {
    Object.assign(this, { script, kept, turn, answer });
  }

  frame(name, data) {
    this.number += 1;
    this.script.tell(name, data, `${this.turn.text}/${String(this.number)}`);
  }

  /** A clause as the server tells it: its text, its mouth and words, its sound in chunks. */
  async clause(text, { seconds = 1, shape, chunk = 0.1, pause = 0 } = {}) {
    const start = Array.from(this.text).length;
    this.text += text;
    this.frame('token', { text });
    const index = this.clauses++;
    this.frame('clause', { index, text, start, end: start + Array.from(text).length });
    const words = [...text.matchAll(/\S+/g)];
    const length = (seconds * 1000) / words.length;
    const shapes = shape ? [shape] : ['aa', 'PP', 'oh', 'SS', 'E'];
    const cue = shape ? seconds * 1000 : 100;
    const track = Array.from({ length: Math.round((seconds * 1000) / cue) }, (_, at) => ({ at_ms: at * cue, for_ms: cue, shape: shapes[at % shapes.length] }));
    this.frame('visemes', { clause: index, for_ms: seconds * 1000, track, words: words.map((word, at) => ({ start: start + word.index, end: start + word.index + word[0].length, at_ms: at * length, for_ms: length })) });
    const all = Math.round(seconds * RATE);
    for (let from = 0, number = 0; from < all; number += 1) {
      const count = Math.min(Math.round(chunk * RATE), all - from);
      this.sound(index, number, Int16Array.from({ length: count }, (_, at) => 9_000 * Math.sin(((from + at) * 2 * Math.PI * 220) / RATE)));
      from += count;
      if (pause > 0) await sleep(pause);
    }
  }

  sound(clause, chunk, samples) {
    this.number += 1;
    this.samples += samples.length;
    const bytes = Buffer.alloc(32 + samples.length * 2);
    bytes.set(this.turn.bytes, 0);
    [this.number, clause, chunk, RATE].forEach((value, at) => bytes.writeUInt32LE(value, 16 + at * 4));
    samples.forEach((value, at) => bytes.writeInt16LE(value, 32 + at * 2));
    this.script.socket.send(bytes);
  }

  end(state = 'done', text = this.text) {
    const usage = { prompt: 1, reused: 0, completion: 1 };
    const trace = { model: 'script', accepted_ms: 3, first_token_ms: 60, first_clause_ms: 90, first_sample_ms: 120, first_audible_ms: 126, done_ms: 900 };
    Object.assign(this.answer, { text, state, usage, trace });
    delete this.kept.running;
    if (!this.kept.items.includes(this.answer)) this.kept.items.push(this.answer);
    this.script.event(this.kept, state === 'cut' ? 'answer_cut' : 'answer_done', { message: { ...this.answer }, turn_id: this.turn.text });
    this.frame('turn_done', { message_id: this.answer.id, text, state, usage, trace });
  }
}

const audio = (window = page) => window.evaluate(() => ({ ...window.__audio, context: undefined, state: window.__audio.context?.state }));
const kinds = ({ reports }) => reports.map(({ is }) => is).filter((is) => is !== 'at');
const reset = () => page.evaluate(() => Object.assign(window.__audio, { given: 0, arrivals: [], reports: [], loudAt: 0 }));
const said = () => answers(page).last().innerText();
// What a person must not notice is measured with LARES_DEEP=1; a busy machine is given more time.
const [silentWithinMs, restWithinMs, mutedWithinMs, lipsThatMeet, wordsApart, lengthsSeen, gapsUntilLearned] = deep ? [60, 100, 150, 0.95, 1, 3, 4] : [3_000, 3_000, 3_000, 0.6, 4, 2, 6];
/** What was heard until nothing has sounded for a while. */
const silence = async () => {
  await until(async () => kinds(await audio()).includes('flushed'), 'the voice is flushed');
  await until(() => page.evaluate(() => performance.now() - Math.max(window.__audio.loudAt, window.__audio.openAt ?? 0) > 400), 'nothing sounds or moves');
  return audio();
};
/** Esc in the moment in which so many samples were played (-> when it was): between a look from here and a key, a busy machine plays on. */
const escapeAfter = (samples) =>
  page.evaluate(
    ([wanted, most]) =>
      new Promise((resolve, reject) => {
        const began = performance.now();
        const look = setInterval(() => {
          const now = performance.now();
          const there = window.__audio.reports.at(-1)?.played > wanted;
          if (!there && now - began < most) return;
          clearInterval(look);
          if (!there) {
            reject(new Error('it did not get to its middle in time'));
            return;
          }
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
          resolve(now);
        }, 10);
      }),
    [samples, longAnswer],
  );
const ended = () => until(async () => kinds(await audio()).includes('end'), 'the voice comes to its end', longAnswer);

await scenario({
  async 'six faces, six feelings, fifteen mouths, each to be told apart'() {
    const { build } = await import(require.resolve('vite').replace(/index\.[cm]?js$/, 'dist/node/index.js')).catch(() => import(require.resolve('vite')));
    const entry = '\0faces';
    const drawings = ['juniper', 'odile', 'theo', 'quill', 'sunniva', 'wren'];
    const source = `export { SvgFace } from '/src/avatar/svg/face.ts';${drawings.map((name) => `export { ${name} } from '/src/avatar/svg/${name}.ts';`).join('')}`;
    const built = await build({
      root: join(root, 'web'),
      configFile: false,
      logLevel: 'error',
      plugins: [{ name: 'faces', resolveId: (id) => (id === entry ? id : id.startsWith('/src/') ? join(root, 'web', id) : null), load: (id) => (id === entry ? source : null) }],
      build: { write: false, minify: false, lib: { entry, name: 'faces', formats: ['iife'] }, rollupOptions: { input: entry } },
    });
    const { code } = [built].flat()[0].output[0];
    await server.start();
    await server.talking(); // the conversations below are the test's own: what the page asks while a model is loaded finds none of them
    const window = await open(server, { width: 1700, height: 900 });
    await window.goto('about:blank');
    await window.evaluate(`${code};window.faces = faces`);
    for (const name of drawings) {
      const drawn = await window.evaluate(
        ([who, emotions, shapes]) => {
          document.body.replaceChildren();
          document.body.style.margin = '0';
          const grid = document.createElement('div');
          grid.style.cssText = `display:grid;grid-template-columns:repeat(${String(shapes.length)}, 110px);gap:2px;padding:2px`;
          document.body.append(grid);
          // Drawn before they stand in the page, and measured together: the browser lays the page out once.
          const drawn = [];
          for (const emotion of emotions) {
            for (const shape of shapes) {
              const host = document.createElement('div');
              host.style.cssText = 'width:110px;height:132px;overflow:hidden';
              const face = new window.faces.SvgFace(window.faces[who]);
              face.mount(host);
              face.still(true);
              face.emotion(emotion, 1);
              face.mouth([{ shape, weight: 1 }]);
              for (let now = 1; now < 4_000; now += 400) face.draw(now);
              drawn.push({ host, what: `${emotion} ${shape}` });
            }
          }
          grid.append(...drawn.map(({ host }) => host));
          for (const { host, what } of drawn) {
            const { left, top, right, bottom } = host.querySelector('[data-part="lower"]').getBoundingClientRect();
            const box = host.getBoundingClientRect();
            if (left < box.left || right > box.right || top < box.top || bottom > box.bottom) throw new Error(`${what}: the mouth is cut off`);
          }
          const seen = drawn.map(({ host }) => host.innerHTML.replaceAll(/f\d+-/g, ''));
          return new Set(seen).size;
        },
        [name, EMOTIONS, SHAPES],
      );
      check(drawn === EMOTIONS.length * SHAPES.length, `${name}: only ${String(drawn)} faces differ`);
      await picture(window, `faces-${name}`, { fullPage: true });
    }
    await window.context().close();
  },

  async 'a companion speaks: every sample that was sent is played, without a gap'() {
    // Text never goes ahead of its sound, however late a busy machine begins to play.
    page = await open(server, { inStep: true });
    await page.addInitScript(watchAudio, deep ? 2 : 20);
    script = new Script();
    await script.take(page);
    await page.goto(server.url);
    await firstAccount(page);
    await page.getByRole('link', { name: 'Talk with Juniper' }).click();
    await page.locator('[data-avatar-kind="svg"]').waitFor();
    await send(page, 'Hello');
    const turn = await script.begin();
    await turn.clause('Good evening, ', { seconds: 0.9 });
    await turn.clause('sit down and tell me everything. ', { seconds: 1.8 });
    turn.end();
    await ended();
    const seen = await audio();
    const gaps = deep ? [] : ['dry', 'resume']; // a busy machine may be late; nothing is lost by it
    check(kinds(seen).filter((is) => !gaps.includes(is)).join() === 'begin,end', `the player told ${kinds(seen).join()}; chunks came at ${seen.arrivals.join()}`);
    check(seen.given === turn.samples && seen.reports.at(-1).played === turn.samples, `${String(turn.samples)} samples sent, ${String(seen.given)} given, ${String(seen.reports.at(-1).played)} played`);
    const began = seen.reports.find(({ is }) => is === 'begin').frame;
    check(kinds(seen).includes('dry') || seen.reports.at(-1).frame - began === turn.samples, 'there was a gap');
    await page.getByText('Good evening, sit down and tell me everything.', { exact: true }).waitFor();
    await until(() => script.heard.at(-1)?.characters === Array.from(turn.text).length, 'the server knows that all was heard');
    const reports = script.heard.map(({ characters }) => characters);
    check((reports.length > 1 || !deep) && reports.every((value, at) => at === 0 || value >= reports[at - 1]), `reports ${reports.join()}`);
  },

  async 'text, captions and mouth go with the sound'() {
    await page.getByRole('button', { name: 'Captions' }).click();
    await reset();
    const sent = await page.evaluate(() => performance.now());
    await send(page, 'Go on');
    const turn = await script.begin();
    await turn.clause('one two three four five six seven eight nine ten. ', { seconds: 4, shape: 'aa' });
    await until(async () => kinds(await audio()).includes('begin'), 'it begins');
    const lengths = new Set();
    for (let look = 0; look < 12 || (lengths.size < lengthsSeen && !lengths.has(10) && look < 300); look += 1) {
      const [text, place] = await page.evaluate(() => {
        const last = [...document.querySelectorAll('[role="article"]')].at(-1);
        const at = window.__audio.reports.findLast(({ is }) => is === 'at' || is === 'begin');
        return [last.innerText, at.played + ((performance.now() - at.now) / 1000) * 24_000];
      });
      const shown = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'].filter((word) => text.includes(word)).length;
      const sounding = Math.floor(place / (0.4 * RATE)) + 1;
      // A busy page may show a word late, never before it sounds.
      check(shown - sounding <= wordsApart && (!deep || sounding - shown <= wordsApart), `${String(shown)} words are shown while word ${String(sounding)} sounds`);
      lengths.add(shown);
      await sleep(200);
    }
    check(lengths.size >= lengthsSeen || (!deep && lengths.has(10)), 'the text does not grow with the voice');
    await until(() => page.evaluate((from) => window.__audio.openAt > from, sent), 'the mouth opens for a vowel');
    await picture(page, 'voice-speaking-desktop');
    turn.end();
    await ended();
  },

  async 'Esc is silence within 60 ms, a mouth at rest within 100, and the server knows the word'() {
    await reset();
    await send(page, 'A long one, please');
    const turn = await script.begin();
    await turn.clause('red orange yellow green blue indigo violet black white grey. ', { seconds: 10, shape: 'aa' });
    const pressed = await escapeAfter(1.6 * RATE);
    await until(() => script.cancelled.length > 0, 'the server is told');
    const seen = await silence();
    check(seen.reports.find(({ is }) => is === 'flushed').played < turn.samples / 2, 'it was played on');
    check(seen.loudAt - pressed <= silentWithinMs, `sound for ${String(seen.loudAt - pressed)} ms after the key`);
    check(seen.openAt - pressed <= restWithinMs, `the mouth is open ${String(seen.openAt - pressed)} ms after the key`);
    const { characters } = script.cancelled.shift();
    const kept = turn.text.slice(0, characters).split(' ').length;
    const word = Math.floor(seen.reports.find(({ is }) => is === 'flushed').played / RATE) + 1;
    check(Math.abs(kept - word) <= wordsApart && /\w$/.test(turn.text.slice(0, characters)), `stopped in word ${String(word)}, told «${turn.text.slice(0, characters)}»`);
    turn.end('cut', turn.text.slice(0, characters));
    await page.getByText('You stopped this answer here.').waitFor();
    check((await said()).includes('red') && !(await said()).includes('violet'), `it says ${await said()}`);
  },

  async 'writing stops it, and what was written can be sent'() {
    await reset();
    await send(page, 'Another');
    const turn = await script.begin();
    await turn.clause('this goes on and on and on and on. ', { seconds: 20 });
    await until(async () => kinds(await audio()).includes('begin'), 'it begins');
    await composer(page).press('W');
    await until(() => script.cancelled.length > 0, 'the server is told');
    turn.end('cut', turn.text.slice(0, script.cancelled.shift().characters));
    await stopButton(page).waitFor({ state: 'hidden' });
    await until(async () => kinds(await audio()).includes('flushed'), 'the voice is silent');
    check((await composer(page).inputValue()) === 'W', 'the letter was lost');
    await composer(page).fill('');
  },

  async 'a late chunk is a gap that is counted and learned from; nothing is lost'() {
    await reset();
    await send(page, 'Slowly');
    const turn = await script.begin();
    await turn.clause('some words that come late. ', { seconds: deep ? 2 : 4, chunk: 0.25, pause: 420 }); // so long that a late beginning does not make up for it
    turn.end();
    await ended();
    const seen = await audio();
    check(kinds(seen).includes('dry') && kinds(seen).includes('resume'), `no gap: ${kinds(seen).join()}`);
    // Only from delays that are alike can it learn how late the next one will be.
    const delays = seen.arrivals.slice(1).map((at, index) => at - seen.arrivals[index]);
    check(kinds(seen).filter((is) => is === 'dry').length <= gapsUntilLearned || (!deep && Math.max(...delays) > 700), 'it learned nothing');
    check(seen.reports.at(-1).played === turn.samples, 'samples were lost');
    check(Number(await page.evaluate(() => localStorage.getItem('lares.voice.lead'))) > 200, 'the lead did not grow');
  },

  async 'a feeling comes with its words; mute, volume and the whole window'() {
    await reset();
    await send(page, 'Feel');
    const turn = await script.begin();
    const brows = () => page.evaluate(() => document.querySelector('[data-part="brow1"]').getAttribute('d'));
    const before = await brows();
    await turn.clause('calm words here. ', { seconds: 0.6 });
    turn.frame('emotion', { emotion: 'surprised', at: Array.from(turn.text).length });
    await turn.clause('and now a wonder. ', { seconds: 4 });
    await until(async () => (await brows()) !== before && (await audio()).reports.at(-1)?.played > RATE, 'the brows rise');
    await page.getByRole('button', { name: 'Mute', exact: true }).click();
    const muted = await page.evaluate(() => performance.now());
    turn.end();
    await ended();
    const { loudAt } = await audio();
    check(loudAt - muted <= mutedWithinMs, `it sounds for ${String(loudAt - muted)} ms although it is muted`);
    await page.getByRole('button', { name: 'Unmute' }).click();
    await page.getByRole('slider', { name: 'Volume' }).press('ArrowLeft');
    await page.getByRole('button', { name: 'Fill the window' }).click();
    await noOverflow(page);
    await noViolations(page, 'full window');
    await picture(page, 'voice-full-desktop');
    await page.getByRole('button', { name: 'Back to the conversation' }).click();
    await noViolations(page, 'with a face');
    const kept = await page.evaluate(() => Object.entries(localStorage).find(([key]) => /^lares\.voice\.\w{26}$/.test(key))?.[1]);
    check(JSON.parse(kept).volume === 0.85 && JSON.parse(kept).captions === true, `kept: ${kept}`);
  },

  async 'an answer tells its times, and can be heard again'() {
    await page.getByRole('button', { name: 'How this answer came about' }).last().click();
    await page.getByRole('rowheader', { name: 'First sound to hear' }).waitFor();
    await page.getByText('Heard here after').waitFor();
    let asked = 0;
    await page.route('**/api/v1/tts/generate', async (route) => {
      asked += 1;
      check(route.request().postDataJSON().visemes === true && route.request().postDataJSON().character_id, 'as this companion speaks, with its mouth');
      const samples = Buffer.alloc(RATE * 2);
      for (let at = 0; at < RATE; at += 1) samples.writeInt16LE(Math.round(8_000 * Math.sin(at / 20)), at * 2);
      const head = Buffer.from('52494646ffffffff57415645666d74201000000001000100c05d000080bb00000200100064617461ffffffff', 'hex');
      await route.fulfill({ json: { audio: Buffer.concat([head, samples]).toString('base64'), track: [{ at_ms: 0, for_ms: 1_000, shape: 'aa' }], words: [] } });
    });
    await reset();
    await page.getByRole('button', { name: 'Listen' }).last().click();
    await ended();
    const seen = await audio();
    check(seen.reports.at(-1).played === RATE, `${String(seen.reports.at(-1).played)} samples of it were played`);
    check(asked === 1, `spoken by ${String(asked)} requests`);
  },

  async 'a phone: the face above, nothing too wide, text at once on request'() {
    state = await page.context().storageState();
    for (const scheme of deep ? ['light', 'dark'] : ['dark']) {
      const phone = await open(server, { state, width: 390, height: 844, scheme });
      await phone.addInitScript(watchAudio, deep ? 2 : 20);
      const other = new Script();
      await other.take(phone);
      for (const name of ['Juniper', 'Captain Odile Marsh', 'Theo']) {
        await phone.goto(server.url);
        // By key: cards above take their true height as they come into view, which moves what is about to be clicked.
        await phone.getByRole('link', { name: `Talk with ${name}` }).press('Enter');
        await phone.locator('[data-avatar-kind="svg"]').waitFor();
        await sleep(300);
        await noOverflow(phone);
        await noViolations(phone, `${name} on a phone`);
        await picture(phone, `voice-${name.split(' ').at(-1).toLowerCase()}-phone-${scheme}`);
      }
      await phone.getByRole('button', { name: 'Fill the window' }).click();
      await noOverflow(phone);
      await picture(phone, `voice-full-phone-${scheme}`);
      await phone.getByRole('button', { name: 'Back to the conversation' }).click();
      await phone.getByRole('button', { name: /^Hide Theo/ }).click();
      await phone.locator('[data-avatar-kind]').waitFor({ state: 'detached' });
      await phone.getByRole('button', { name: /^Show Theo/ }).click();
      await phone.goto(`${server.url}/settings`);
      await phone.getByRole('button', { name: 'At once' }).click();
      await noViolations(phone, 'settings');
      await noOverflow(phone);
      await phone.context().close();
    }
  },

  async 'less movement: the mouth still moves, nothing else does'() {
    const calm = await open(server, { state, reducedMotion: 'reduce' });
    await calm.getByRole('link', { name: 'Talk with Theo' }).click();
    await calm.locator('[data-avatar-kind="svg"]').waitFor();
    const look = () => calm.evaluate(() => document.querySelector('[data-avatar-kind]').innerHTML);
    // Once it is drawn, however late that is, nothing changes for as long as a breath takes.
    await until(async () => {
      const before = await look();
      await sleep(3_000);
      return (await look()) === before;
    }, 'nothing moves');
    await calm.context().close();
  },

  async 'the real voice: what the server sent is what was played'() {
    await page.context().close();
    // The model may go on for minutes: some twenty seconds of voice are enough.
    page = await open(server, { state, most: 80, endless: true, inStep: true });
    await page.addInitScript(watchAudio, deep ? 2 : 20);
    await page.addInitScript(watchMouth);
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (typeof payload !== 'string') {
          wire.samples += (payload.length - 32) / 2;
          wire.chunks.push({ clause: payload.readUInt32LE(20), samples: (payload.length - 32) / 2 });
        } else {
          const { event, data } = JSON.parse(payload);
          if (event === 'visemes') wire.visemes.set(data.clause, data);
          if (event === 'turn_done') wire.done = data;
        }
      }),
    );
    await page.goto(server.url);
    // The server keeps how somebody listens: text at once, chosen on the phone, would count as read.
    await page.evaluate(() => fetch('/api/v1/voice/settings', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text_in_step: true }) }));
    await page.goto(server.url);
    await page.getByRole('link', { name: 'Talk with Juniper' }).click();
    await page.locator('[data-avatar-kind="svg"]').waitFor();
    await send(page, 'What should I plant on my window sill? Please tell me about three plants.');
    await ended();
    const seen = await audio();
    check(wire.samples > RATE && seen.given === wire.samples && seen.reports.at(-1).played === wire.samples, `${String(wire.samples)} samples sent, ${String(seen.given)} given, ${String(seen.reports.at(-1).played)} played`);
    check(kinds(seen).at(-1) === 'end' && kinds(seen).filter((is) => is === 'begin').length === 1, kinds(seen).join());
    process.stderr.write(`first answer: ${kinds(seen).join()}, ${String(Math.round(wire.samples / 240) / 100)} s\n`);
    for (const [clause, { for_ms }] of wire.visemes) {
      const samples = wire.chunks.filter((one) => one.clause === clause).reduce((sum, one) => sum + one.samples, 0);
      check(Math.abs(samples - (for_ms * RATE) / 1000) < 1, `clause ${String(clause)}: ${String(samples)} samples, ${String(for_ms)} ms`);
    }
    await until(async () => letters(await said()).includes(letters(wire.done.text).slice(0, 60)), 'the text that was told is shown');
  },

  async 'lips meet for p, b and m while these sound'() {
    const starts = new Map();
    let total = 0;
    for (const { clause, samples } of wire.chunks) {
      if (!starts.has(clause)) starts.set(clause, total);
      total += samples;
    }
    const cues = [...wire.visemes].flatMap(([clause, { track }]) => track.filter(({ shape }) => shape === 'PP').map(({ at_ms, for_ms }) => [starts.get(clause) / 24 + at_ms, starts.get(clause) / 24 + at_ms + for_ms]));
    const frames = await page.evaluate(() => window.__mouth);
    let [met, missed] = [0, 0];
    for (const [from, to] of cues) {
      // As a person sees it: the drawing that stands when the sound begins, one within it, or the first after it, shows closed lips.
      const standing = frames.findLast(({ ms }) => ms <= from);
      const next = frames.find(({ ms }) => ms > to);
      const within = [
        ...(standing && from - standing.ms < 60 ? [standing] : []),
        ...frames.filter(({ ms }) => ms > from && ms <= to),
        ...(next && next.ms - to < 60 ? [next] : []),
      ];
      if (within.length === 0) continue;
      if (within.some(({ open }) => !open)) met += 1;
      else missed += 1;
    }
    // A machine that draws seldom shows too few of them to be judged; at full speed (deep) it has to be judged.
    const drawn = await page.evaluate(() => window.__drawn);
    const apart = drawn.slice(1).map((ms, at) => ms - drawn[at]).toSorted((a, b) => a - b);
    const usual = apart[Math.floor(apart.length / 2)];
    process.stderr.write(`lips: ${String(met)} of ${String(met + missed)} met, ${String(cues.length)} in all; usually ${String(Math.round(usual))} ms from one drawing to the next\n`);
    const judged = deep || usual <= SLOWEST_DRAWING_MS;
    check(!judged || met + missed >= 3, `only ${String(met + missed)} of ${String(cues.length)} were seen`);
    check(!judged || met / (met + missed) >= lipsThatMeet, `${String(met)} of ${String(met + missed)} p, b and m met`);
    check(frames.some(({ open }) => open), 'the mouth never opened');
  },

  async 'the real voice: Esc is silence, and the companion keeps what was heard'() {
    await reset();
    await send(page, 'Tell me a very long story about a lighthouse and a storm.');
    const pressed = await escapeAfter(2 * RATE);
    await page.getByText('You stopped this answer here.').waitFor({ timeout: longAnswer });
    const seen = await silence();
    check(seen.loudAt - pressed <= silentWithinMs, `sound for ${String(seen.loudAt - pressed)} ms after the key`);
    check(seen.openAt - pressed <= restWithinMs, `the mouth is open ${String(seen.openAt - pressed)} ms after the key`);
    const id = page.url().split('/').at(-1);
    const { items } = await page.evaluate(async (conversation) => (await fetch(`/api/v1/chat/history?conversation_id=${conversation}`)).json(), id);
    const last = items.at(-1);
    check(last.state === 'cut' && last.text.length > 0 && last.unheard?.length > 0, `kept: ${JSON.stringify(last).slice(0, 300)}`);
    await until(async () => letters(await said()).startsWith(letters(last.text)), `the page shows what the server kept: «${last.text}»`);
    await page.getByRole('button', { name: 'Listen' }).last().click();
    await until(async () => kinds(await audio()).filter((is) => is === 'begin').length === 2, 'it is read again');
    await picture(page, 'voice-real-desktop');
    await page.keyboard.press('Escape');
  },

  async 'no voice: the page says why, and the text goes on'() {
    const window = await open(server, { state });
    const dumb = new Script();
    dumb.engine = { state: 'failed', reason: 'The voice weights are missing.', remedy: 'Run “lares models add”.' };
    await dumb.take(window);
    await window.goto(server.url);
    await window.getByRole('link', { name: 'Talk with Theo' }).click();
    await window.getByText('There is no voice, the text goes on. The voice weights are missing.').waitFor();
    const before = page;
    page = window;
    await send(window, 'Hello?');
    const turn = await dumb.begin();
    turn.frame('notice', { kind: 'voice-missing', message: 'The voice weights are missing.' });
    turn.frame('token', { text: 'I am here.' });
    await window.getByText('I am here.').waitFor();
    turn.text = 'I am here.';
    turn.end();
    await noViolations(window, 'without a voice');
    await picture(window, 'voice-none');
    page = before;
    await window.context().close();
    await page.context().close();
    check(faults.length === 0, faults.join('\n'));
  },
});
