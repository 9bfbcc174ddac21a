// page.mjs FOLDER ANSWERS: a person asks in the page and listens. Keeps, of each answer, what left for the loudspeaker (N.wav) and,
// in answers.json, its text and how the lips met: for each p, b and m that sounded, whether a drawing within its sound shows them closed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { check, faults, firstAccount, launch, open, send, Server, until } from '../../../e2e/kit.mjs';

const [folder, count] = [process.argv[2], Number(process.argv[3])];
const RATE = 24_000;
const FACES = ['Juniper', 'Captain Odile Marsh', 'Theo'];
const QUESTIONS = [
  'What do you like about a rainy evening at home?', 'Tell me how you would spend a free afternoon.', 'What makes a good friend?', 'Why do people love the sea?',
  'Describe a small garden in spring.', 'How can I sleep better at night?', 'What should I cook for my mother?', 'Tell me about the best part of autumn.',
  'How do I begin to learn the piano?', 'Why is bread so comforting?', 'What would you put on a picnic table?', 'Describe a quiet morning in the mountains.',
  'How do I make peace with my brother?', 'What makes a room feel like home?', 'Tell me about a walk through an old town.', 'Why do we keep old letters?',
  'How can I be brave before a big speech?', 'What do birds do before a storm?', 'Describe the smell of a bakery.', 'What should I plant beside the door?',
  'How do I keep a promise to myself?', 'Tell me why people dance.', 'What is good about a slow train?', 'Describe a bridge in the fog.',
];

/** Before any script of the page: the loudspeaker is recorded, the player's reports are kept, each drawing of the mouth is looked at. */
function listen() {
  const kept = (window.__heard = { reports: [], mouth: [], chunks: [] });
  const Node = window.AudioWorkletNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...all) {
      super(...all);
      kept.context = all[0];
      this.port.addEventListener('message', ({ data }) => kept.reports.push(data));
    }
  };
  const connect = window.AudioNode.prototype.connect;
  window.AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const tap = this.context.createMediaStreamDestination();
      connect.call(this, tap);
      kept.recorder = new MediaRecorder(tap.stream, { mimeType: 'audio/webm;codecs=pcm' });
      kept.recorder.addEventListener('dataavailable', ({ data }) => kept.chunks.push(data));
      kept.recorder.start(1_000);
    }
    return connect.call(this, to, ...rest);
  };
  new MutationObserver((changes) => {
    const hole = changes.find(({ target }) => target.dataset?.part === 'hole')?.target;
    const at = kept.reports.at(-1);
    if (!hole || !at || !['begin', 'at', 'resume'].includes(at.is)) return;
    const { context } = kept;
    const since = context.currentTime - at.frame / context.sampleRate - (context.outputLatency || 0);
    kept.mouth.push({ ms: (at.played / context.sampleRate + since) * 1000, open: hole.getAttribute('opacity') === '1' });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['opacity'] });
}

/** Some ten seconds of voice each, the same in every run. */
function keepShort() {
  const { send: really } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) {
    const frame = typeof text === 'string' ? JSON.parse(text) : null;
    if (frame?.event === 'message') Object.assign(frame.data, { max_tokens: 48, temperature: 0.7, seed: 7 });
    return really.call(this, frame ? JSON.stringify(frame) : text);
  };
}

/** What was recorded, as 16-bit samples in base64. */
async function recorded(rate) {
  const { recorder, chunks } = window.__heard;
  await new Promise((resolve) => {
    recorder.addEventListener('stop', resolve);
    recorder.stop();
  });
  const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await new Blob(chunks).arrayBuffer());
  const samples = Int16Array.from(sound.getChannelData(0), (value) => Math.max(-1, Math.min(1, value)) * 32_767);
  const bytes = new Uint8Array(samples.buffer);
  let text = '';
  for (let from = 0; from < bytes.length; from += 32_768) text += String.fromCharCode(...bytes.subarray(from, from + 32_768));
  return btoa(text);
}

function wav(samples) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  [16, 0x0001_0001, RATE, RATE * 2, 0x0010_0002].forEach((value, at) => head.writeUInt32LE(value, 16 + at * 4));
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** Of each p, b and m: whether closed lips stood in the picture at a moment of its sound. null: nothing was drawn at all since long before. */
function lips(wire, mouth) {
  const starts = new Map();
  let total = 0;
  for (const { clause, samples } of wire.chunks) {
    if (!starts.has(clause)) starts.set(clause, (total * 1000) / RATE);
    total += samples;
  }
  return [...wire.visemes].flatMap(([clause, { track }]) =>
    track
      .filter(({ shape }) => shape === 'PP')
      .map(({ at_ms, for_ms }) => {
        const [from, to] = [starts.get(clause) + at_ms, starts.get(clause) + at_ms + for_ms];
        const before = mouth.findLastIndex(({ ms }) => ms <= from);
        const shown = mouth.filter(({ ms }, at) => at === before || (ms > from && ms <= to));
        return { from, to, closed: shown.some(({ open }) => !open) };
      }),
  );
}

const server = await new Server({ RATE_ADDRESS_PER_MINUTE: '0', RATE_ACCOUNT_PER_MINUTE: '0' }).start();
try {
  await server.talking();
  const first = await open(server);
  await firstAccount(first);
  const state = await first.context().storageState();
  await first.context().close();
  const out = [];
  for (let number = 0; number < count; number += 1) {
    const wire = { chunks: [], visemes: new Map(), done: null };
    const page = await open(server, { state });
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (typeof payload !== 'string') {
          wire.chunks.push({ clause: payload.readUInt32LE(20), samples: (payload.length - 32) / 2 });
          return;
        }
        const { event, data } = JSON.parse(payload);
        if (event === 'visemes') wire.visemes.set(data.clause, data);
        if (event === 'turn_done') wire.done = data;
      }),
    );
    await page.addInitScript(listen);
    await page.addInitScript(keepShort);
    await page.goto(server.url);
    await page.getByRole('link', { name: `Talk with ${FACES[number % FACES.length]}` }).click();
    await page.locator('[data-avatar-kind="svg"]').waitFor();
    await send(page, QUESTIONS[number % QUESTIONS.length]);
    await until(() => page.evaluate(() => window.__heard.reports.at(-1)?.is === 'end'), 'the voice comes to its end', 120_000);
    const { mouth, late, played } = await page.evaluate(() => ({
      mouth: window.__heard.mouth,
      late: window.__heard.reports.filter(({ is }) => is === 'dry').length,
      played: window.__heard.reports.at(-1).played,
    }));
    const sent = wire.chunks.reduce((sum, { samples }) => sum + samples, 0);
    check(played === sent, `${String(sent)} samples were sent, ${String(played)} played`);
    writeFileSync(join(folder, `${String(number)}.wav`), wav(Buffer.from(await page.evaluate(recorded, RATE), 'base64')));
    const pbm = lips(wire, mouth);
    out.push({ text: wire.done.text, seconds: sent / RATE, drawings: mouth.length, late, pbm: pbm.length, closed: pbm.filter(({ closed }) => closed).length });
    process.stderr.write(`   ${String(number + 1)}: ${JSON.stringify(out.at(-1))}\n`);
    await page.context().close();
  }
  check(faults.length === 0, faults.join('\n'));
  writeFileSync(join(folder, 'answers.json'), JSON.stringify(out));
} finally {
  await (await launch()).close();
  await server.close();
}
