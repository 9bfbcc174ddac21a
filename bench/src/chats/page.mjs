// The page with a conversation of 50,000 messages in headless Chromium: node page.mjs   LARES_BIN: the server.
// Nodes are all of the document's: elements, texts and comments.
import { readFileSync } from 'node:fs';

import { check, firstAccount, launch, open, Server, sleep, until } from '../../../tests/e2e/kit.mjs';

const MESSAGES = 50_000;
const NODES_MOST = 3_000;
const BY_WHEEL = 2_000; // messages that are scrolled over by hand before all of them are loaded
const PLACES = 60; // where the scroll bar is put after that

const lines = [{ user_name: 'ada', character_name: 'Mira', create_date: '2026-01-01@10h00m00s', chat_metadata: {} }];
for (let index = 0; index < MESSAGES; index += 1) {
  const own = index % 2 === 1;
  const mes = own ? `Question ${String(index)}?` : `Answer ${String(index)}. ${'The *wheel* turns, and the river goes by. '.repeat(index % 9)}`;
  lines.push({ name: own ? 'ada' : 'Mira', is_user: own, is_system: false, send_date: 1_767_261_600_000 + index * 60_000, mes });
}

/** All nodes of the document, and how many of the messages stand in it. */
const standing = (page) =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
    let nodes = 0;
    while (walker.nextNode()) nodes += 1;
    const places = [...document.querySelectorAll('[role="article"]')].map((row) => Number(row.getAttribute('aria-posinset')));
    return { nodes, rows: places.length, first: places[0] ?? 0 };
  });

let most = 0;
async function look(page) {
  const seen = await standing(page);
  check(seen.rows > 0, 'no message stands in the page');
  most = Math.max(most, seen.nodes);
  return seen;
}

function figure(name, value, unit, goal, holds) {
  process.stdout.write(`chats figure: ${name}: ${String(value)} ${unit} (goal ${goal}) ${holds ? 'holds' : 'falls short'}\n`);
  return holds;
}

const server = await new Server({ VOICE_ENABLED: 'false' }).start();
let good = true;
try {
  const page = await open(server);
  await firstAccount(page);
  const { items } = await page.evaluate(async () => (await fetch('/api/v1/characters?limit=1')).json());
  const made = await page.evaluate(
    async ([character, text]) => (await fetch(`/api/v1/conversations/import?character_id=${character}`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: text })).json(),
    [items[0].id, lines.map((line) => JSON.stringify(line)).join('\n')],
  );
  check(made.messages === MESSAGES, `it was not imported: ${JSON.stringify(made).slice(0, 300)}`);
  const chat = `${server.url}/chat/${made.conversation.id}`;
  const shown = (text) => until(async () => (await page.locator('[role="feed"]').innerText({ timeout: 1_000 }).catch(() => '')).includes(text), `the page shows “${text}”`);

  const began = Date.now();
  await page.goto(chat);
  await shown(`Question ${String(MESSAGES - 1)}?`);
  const opened = Date.now() - began;
  const first = await look(page);
  process.stdout.write(`chats page: opened in ${String(opened)} ms with ${String(first.nodes)} nodes, ${String(first.rows)} messages\n`);
  good &= figure('nodes of the page, just opened', first.nodes, 'nodes', `< ${String(NODES_MOST)}`, first.nodes < NODES_MOST);

  // Upwards by the wheel: older messages come page by page.
  await page.locator('[role="feed"]').hover();
  const oldest = async () => Math.min(...(await page.locator('[role="feed"]').innerText()).match(/(?:Question|Answer) \d+/g).map((words) => Number(words.split(' ')[1])));
  let reached = MESSAGES;
  await until(async () => {
    await page.mouse.wheel(0, -4_000);
    await sleep(10);
    await look(page);
    reached = await oldest().catch(() => reached);
    return reached < MESSAGES - BY_WHEEL;
  }, 'the wheel goes back through the messages', 600_000);
  process.stdout.write(`chats page: by the wheel to message ${String(reached)}, at most ${String(most)} nodes\n`);
  good &= figure('nodes of the page, most while scrolling back', most, 'nodes', `< ${String(NODES_MOST)}`, most < NODES_MOST);

  // To the beginning, with all of them loaded; then the scroll bar, from end to end.
  const found = await page.evaluate(async (id) => {
    const { items } = await (await fetch('/api/v1/search?q=%22Question%20101%3F%22&limit=20')).json();
    return items.find((one) => one.conversation_id === id)?.message_id;
  }, made.conversation.id);
  check(found, 'message 101 is not found');
  await page.goto(`${chat}?at=${found}`);
  await until(async () => (await page.getByText('Question 101?', { exact: true }).count()) > 0, 'message 101 stands in the page', 600_000);
  most = 0;
  const places = new Set();
  for (let place = 0; place <= PLACES; place += 1) {
    await page.locator('[role="feed"]').evaluate((box, part) => {
      box.scrollTop = (box.scrollHeight - box.clientHeight) * part;
    }, place / PLACES);
    await until(async () => {
      places.add((await look(page)).first);
      return page.locator('[role="feed"]').evaluate((box) => {
        const window = box.getBoundingClientRect();
        return [...box.querySelectorAll('[role="article"]')].some((row) => row.getBoundingClientRect().bottom > window.top && row.getBoundingClientRect().top < window.bottom);
      });
    }, 'messages stand where the scroll bar is');
  }
  check(places.size > PLACES / 2, `the scroll bar led to ${String(places.size)} places only`);
  process.stdout.write(`chats page: all ${String(MESSAGES)} loaded, the scroll bar at ${String(places.size)} places from the beginning to the end, at most ${String(most)} nodes\n`);
  good &= figure('nodes of the page, most with all messages loaded', most, 'nodes', `< ${String(NODES_MOST)}`, most < NODES_MOST);
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(server.process.pid)}/status`, 'utf8'))[1]) / 1024;
  process.stdout.write(`chats page: the server holds ${resident.toFixed(0)} MiB, its model included\n`);
} finally {
  await (await launch()).close();
  await server.close();
}
process.exit(good ? 0 : 1);
