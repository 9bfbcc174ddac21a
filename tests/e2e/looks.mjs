// Every page on a desk and on a phone, light and dark: nothing axe minds, nothing too wide, no error, no request elsewhere.
// The pictures stand in build/e2e-screens.
import { answers, atRest, check, firstAccount, longAnswer, looks, noOverflow, noViolations, open, picture, scenario, send, Server, stopButton, until } from './kit.mjs';

const server = new Server();
let state;
let conversation;

async function everywhere(work) {
  for (const look of looks) await work(look);
}

async function see(page, name, { shape, scheme }) {
  await noOverflow(page);
  await noViolations(page, `${name} ${shape} ${scheme}`);
  await picture(page, `${name}-${shape}-${scheme}`);
}

await scenario({
  async 'the door'() {
    await server.start();
    await server.talking();
    await everywhere(async (look) => {
      const page = await open(server, look);
      await page.getByRole('heading', { name: 'Welcome home' }).waitFor();
      await see(page, 'welcome', look);
      await page.getByRole('button', { name: 'Create the first account' }).click();
      await page.getByText('Fill this in.').first().waitFor();
      await see(page, 'welcome-empty', look);
      await page.context().close();
    });
    const page = await open(server, { most: 120, endless: true });
    await firstAccount(page);
    // What is looked at is the text: it need not wait for its voice.
    await server.readsAtOnce(page);
    await page.getByRole('link', { name: 'Talk with Juniper' }).click();
    await send(page, 'I moved house today, and the new rooms are so quiet. What should I plant on the window sill first?');
    await page.waitForURL(/\/chat\/\w+/);
    // Long enough to look at, or ended by itself: then it tells how it came about.
    const ended = page.getByRole('button', { name: 'How this answer came about' });
    await until(async () => (await answers(page).count()) >= 3 && ((await answers(page).last().innerText()).length > 200 || (await ended.count()) > 0), 'there is an answer', longAnswer);
    await atRest(page);
    conversation = page.url();
    state = await page.context().storageState();
    await page.context().close();
    await everywhere(async (look) => {
      const stranger = await open(server, look);
      await stranger.getByRole('heading', { name: 'Good to see you again' }).waitFor();
      await see(stranger, 'sign-in', look);
      await stranger.getByRole('link', { name: /Create an account/ }).click();
      await stranger.getByRole('heading', { name: 'Create an account' }).waitFor();
      await see(stranger, 'register', look);
      await stranger.context().close();
    });
  },

  async 'every page inside'() {
    await everywhere(async (look) => {
      const page = await open(server, { ...look, state });
      for (const [name, path, heading] of [
        ['companions', '/', 'Companions'],
        ['conversations', '/chat', 'Conversations'],
        ['chat', new URL(conversation).pathname, 'Juniper'],
        ['settings', '/settings', 'Settings'],
        ['status', '/status', 'Status'],
        ['search', '/search', 'Search'],
        ['missing', '/nowhere', 'There is nothing here'],
        ['docs', '/docs', 'Lares API'],
      ]) {
        await page.goto(server.url + path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        if (name === 'companions') await page.getByRole('link', { name: 'Talk with Theo' }).waitFor();
        if (name === 'chat') await until(async () => (await answers(page).count()) >= 3, 'the messages are there');
        if (name === 'status') await page.getByText('Ready').first().waitFor();
        if (name === 'settings') await page.getByText('This browser').waitFor();
        await see(page, name, look);
      }
      await page.context().close();
    });
  },

  async 'what opens over a page'() {
    await everywhere(async (look) => {
      const page = await open(server, { ...look, state });
      await page.getByRole('button', { name: 'More about Captain Odile Marsh' }).click();
      await page.getByRole('dialog').getByText('First words').waitFor();
      check(!/\{\{|<user>/i.test(await page.getByRole('dialog').innerText()), 'the card’s macros are shown instead of names');
      await see(page, 'about', look);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Import a card' }).click();
      await page.getByRole('dialog').waitFor();
      await see(page, 'import', look);
      await page.keyboard.press('Escape');
      if (look.shape === 'phone') {
        await page.getByRole('button', { name: 'Open menu' }).click();
        await page.getByRole('navigation').getByText('Status').waitFor();
        await see(page, 'menu', look);
      }
      await page.goto(conversation);
      await page.getByRole('button', { name: 'How this answer came about' }).last().click();
      await page.getByRole('rowheader', { name: 'First word' }).waitFor();
      await see(page, 'trace', look);
      await page.context().close();
    });
  },

  async 'an answer as it is made, and first words'() {
    await everywhere(async (look) => {
      const page = await open(server, { ...look, state, most: 120, endless: true });
      await page.getByRole('link', { name: 'Talk with Captain Odile Marsh' }).click();
      await page.getByRole('heading', { level: 1, name: 'Captain Odile Marsh' }).waitFor();
      await until(async () => (await answers(page).count()) >= 1, 'she speaks first');
      await see(page, 'first-words', look);
      await send(page, 'Tell me a very long story about the first port. Do not stop early.');
      await stopButton(page).waitFor();
      await until(async () => (await stopButton(page).count()) === 0 || ((await answers(page).count()) >= 3 && (await answers(page).last().innerText()).length > 80), 'the answer has begun', longAnswer);
      await noOverflow(page);
      await picture(page, `writing-${look.shape}-${look.scheme}`);
      // It may have ended by itself.
      await atRest(page);
      await see(page, 'stopped', look);
      await page.context().close();
    });
  },

  async 'a conversation of thousands stands in few elements'() {
    const page = await open(server, { state });
    const made = Date.UTC(2026, 10, 1);
    const items = Array.from({ length: 3000 }, (_, index) => ({ id: `m${String(index)}`, parent: index ? `m${String(index - 1)}` : null, role: index % 2 ? 'assistant' : 'user', text: `Message **${String(index)}** `.repeat((index % 7) + 1), state: 'done', created: made + index * 60_000, seq: index + 1 }));
    await page.route('**/api/v1/chat/history*', (route) => route.fulfill({ json: { conversation_id: new URL(conversation).pathname.split('/').at(-1), character_id: '01kdvdna00e008000000000001', title: 'x', seq: 3001, items, next: null } }));
    await page.goto(conversation);
    await page.getByText('2999').first().waitFor();
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    if (elements > 1500) throw new Error(`${String(elements)} elements`);
    const feed = page.getByRole('feed');
    // As long as it measures what it shows, the list may go back to its end.
    await until(async () => {
      await feed.evaluate((box) => {
        box.scrollTop = 0;
      });
      return (await page.getByText('This is where it began.').count()) > 0;
    }, 'the beginning is reached');
    await page.getByRole('button', { name: 'Jump to the latest message' }).click();
    await page.getByText('2999').first().waitFor();
    await until(async () => feed.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 100), 'the end is reached');
    await page.context().close();
  },
});
