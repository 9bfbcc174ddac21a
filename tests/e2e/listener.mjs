// listener.mjs URL PERSON TURNS TEXT: one of a crowd, with a drawn face. Signs in at a server that runs, says TEXT to Juniper TURNS times
// and listens to the end; a line of JSON tells, for each turn, the seconds of sound and the gaps by the player's own clock.
import { check, faults, launch, open, send, signIn, until } from './kit.mjs';

const [url, name, turns, text] = process.argv.slice(2);
const RATE = 24_000;

function keepReports() {
  window.__reports = [];
  const Node = window.AudioWorkletNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...all) {
      super(...all);
      this.port.addEventListener('message', ({ data }) => window.__reports.push(data));
    }
  };
  const { send: really } = WebSocket.prototype;
  WebSocket.prototype.send = function (frame) {
    const told = typeof frame === 'string' ? JSON.parse(frame) : null;
    if (told?.event === 'message') told.data.max_tokens = 100;
    return really.call(this, told ? JSON.stringify(told) : frame);
  };
}

try {
  const page = await open({ url, port: new URL(url).port });
  await page.addInitScript(keepReports);
  await page.goto(url);
  await signIn(page, name);
  await page.getByRole('link', { name: 'Talk with Juniper' }).click();
  await page.locator('[data-avatar-kind="svg"]').waitFor();
  process.stdout.write('ready\n');
  const out = [];
  for (let turn = 0; turn < Number(turns); turn += 1) {
    await page.evaluate(() => (window.__reports = []));
    await send(page, text);
    await until(() => page.evaluate(() => window.__reports.at(-1)?.is === 'end'), 'the voice comes to its end', 600_000);
    out.push(await page.evaluate((rate) => ({ seconds: window.__reports.at(-1).played / rate, gaps: window.__reports.filter(({ is }) => is === 'dry').length }), RATE));
  }
  check(faults.length === 0, faults.join('\n'));
  process.stdout.write(`${JSON.stringify(out)}\n`);
} finally {
  await (await launch()).close();
}
