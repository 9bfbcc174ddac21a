// XS1 and XS3: what a model says is text, whole or cut at any character, under the server's own policy in a real browser.
import { check, deep, firstAccount, hostile, longAnswer, open, scenario, Server, until } from './kit.mjs';

const server = new Server();
let page;
const CONVERSATION = '01kdvdna00e00800000000000c';
const made = Date.UTC(2026, 10, 1);
const item = (index, text) => ({ id: `m${String(index)}`, parent: index === 0 ? null : `m${String(index - 1)}`, role: 'assistant', text, state: 'done', created: made + index, seq: index + 1 });

/** Gives the page `dangers()`: everything in the list that could run, load or lead somewhere it should not; our own portraits aside. */
const lookout = () => {
  const allowed = new Set('A BLOCKQUOTE BR BUTTON CODE DEL DIV EM HR LI OL P PATH PRE SPAN STRONG SVG TABLE TBODY TD TH THEAD TR UL'.split(' '));
  window.dangers = () => {
    const found = [];
    for (const element of document.querySelectorAll('[role="article"] *:not(img[src^="/assets/"])')) {
      const name = element.tagName.toUpperCase();
      if (!allowed.has(name)) found.push(element.outerHTML.slice(0, 120));
      for (const attribute of element.attributes) if (/^on/i.test(attribute.name) || ['src', 'srcset', 'srcdoc', 'action', 'formaction', 'xlink:href', 'ping', 'background', 'poster'].includes(attribute.name)) found.push(`${name} ${attribute.name}`);
      if (name === 'A' && (!['http:', 'https:', 'mailto:'].includes(element.protocol) || element.origin === location.origin || !/noopener/.test(element.rel))) found.push(element.href);
    }
    return found;
  };
};
const dangers = () => page.evaluate(() => window.dangers());

/** Messages stand at the top and at the end of what is in sight: the list has caught up with the scrolling. */
const filled = (box) => {
  const { left, top, width, height } = box.getBoundingClientRect();
  const holds = (from) => Array.from({ length: 20 }, (_, step) => from + step * 8).some((y) => document.elementFromPoint(left + width / 2, y)?.closest('[role="article"]'));
  return box.scrollTop === 0 || (holds(top + 4) && holds(top + height - 164));
};

async function answerHistory(items, running = null) {
  await page.route('**/api/v1/chat/history*', (route) => route.fulfill({ json: { conversation_id: CONVERSATION, character_id: '01kdvdna00e008000000000001', title: 'x', seq: items.length + 1, items, next: null, running } }));
}

await scenario({
  async 'every payload of the history shows as text (XS1)'() {
    await server.start();
    // While its model is loaded a page asks who answers in this conversation, which the server does not know.
    await server.talking();
    page = await open(server);
    await page.addInitScript(lookout);
    await firstAccount(page);
    await answerHistory(hostile.map((text, index) => item(index, text)));
    // The server refuses to resume what it does not know; the page must not mind.
    await page.goto(`${server.url}/chat/${CONVERSATION}`);
    const list = page.getByRole('feed');
    await list.waitFor();
    const seen = new Set();
    await until(async () => {
      for (const position of await page.locator('[role="article"]').evaluateAll((all) => all.map((one) => one.getAttribute('aria-posinset')))) seen.add(position);
      const bad = await dangers();
      check(bad.length === 0, bad.join('\n'));
      await list.evaluate((box) => {
        box.scrollTop -= box.clientHeight * 0.7;
      });
      await until(() => list.evaluate(filled), 'what is in sight is drawn');
      return (await list.evaluate((box) => box.scrollTop)) === 0;
    }, 'the top is reached', longAnswer);
    check(seen.size >= hostile.length, `only ${String(seen.size)} of ${String(hostile.length)} payloads were shown`);
  },

  async 'and can be walked through by keyboard without harm'() {
    for (const link of await page.locator('[role="article"] a').all()) await link.focus();
    await page.keyboard.press('Tab');
    check((await page.evaluate(() => location.pathname)) === `/chat/${CONVERSATION}`, 'the page was left');
  },

  async 'streamed and cut at every character it stays text (XS3)'() {
    await page.unrouteAll();
    await answerHistory([item(0, 'Hello')], { turn_id: 'turn', message_id: 'answer', parent: 'm0', text: '' });
    let socket;
    await page.routeWebSocket('**/api/v1/chat', (line) => {
      line.onMessage((text) => {
        if (JSON.parse(text).event !== 'hello') return;
        line.send(JSON.stringify({ event: 'ready', data: {} }));
        socket = line;
      });
    });
    await page.goto(`${server.url}/chat/${CONVERSATION}`);
    await page.getByRole('feed').waitFor();
    await until(() => socket, 'the page has greeted');
    const say = (event, data, frame) => socket.send(JSON.stringify({ event, data, id: `turn/${String(frame)}` }));
    const chosen = deep ? hostile : hostile.filter((_, index) => index % 30 === 0);
    let frame = 2;
    say('turn_started', { turn_id: 'turn', conversation_id: CONVERSATION, message_id: 'answer', text: '' }, frame);
    await page.evaluate(() => {
      window.prefixes = 0;
      window.met = [];
      const drawn = (changes) => {
        if (changes.some((change) => change.type !== 'attributes')) window.prefixes += 1;
        window.met.push(...window.dangers());
      };
      new MutationObserver(drawn).observe(document.querySelector('[role="feed"]'), { attributes: true, childList: true, characterData: true, subtree: true });
    });
    for (const payload of chosen) {
      // Each payload begins a block of its own, so that none hides in the one before.
      for (const text of ['\n\n', ...payload]) {
        frame += 1;
        say('token', { text }, frame);
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
      }
      const bad = await page.evaluate(() => window.met);
      check(bad.length === 0, `${payload}\n${bad.join('\n')}`);
    }
    check((await dangers()).length === 0, 'the whole of it holds what none of its pieces did');
    // Pieces that come within 50 ms are shown together, on a busy page more of them; each cut by itself is a test of the Markdown component.
    check((await page.evaluate(() => window.prefixes)) > chosen.join('').length / 10, 'the stream was not shown piece by piece');
  },
});
