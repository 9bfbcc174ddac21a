// The main job: first account → companion → message → stream → stop → go on → reload in mid-answer → a second window sees it live.
import { answers, atRest, check, composer, firstAccount, history, letters, longAnswer, noOverflow, open, scenario, send, Server, stopButton, until, watchGrowth } from './kit.mjs';

const server = new Server();
const BUNDLED = 6;
let page;
let second;
const lastText = async (window) => letters(await answers(window).last().innerText());
const LONG = 'Tell me a very long story about a lighthouse, a ship and a storm. Do not stop early.';

await scenario({
  async 'the first visit makes the first account, which is the administrator'() {
    await server.start();
    await server.talking();
    page = await open(server, { most: 600, endless: true, inStep: true });
    await page.getByRole('heading', { name: 'Welcome home' }).waitFor();
    await firstAccount(page);
    const me = await page.evaluate(async () => (await fetch('/api/v1/users/me')).json());
    check(me.role === 'admin', `the first account is ${me.role}`);
  },

  async 'no token is where a script could read it'() {
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    check(!/eyJ|token|refresh|access/i.test(kept), `something like a token lies open: ${kept}`);
  },

  async 'six companions wait, each with a face'() {
    const cards = page.getByRole('list', { name: 'Companions' }).getByRole('listitem');
    await cards.first().waitFor();
    check((await cards.count()) === BUNDLED, `${String(await cards.count())} companions`);
    check((await cards.locator('img').count()) === BUNDLED, 'a portrait is missing');
    check(new Set(await cards.locator('img').evaluateAll((images) => images.map((image) => image.src))).size === BUNDLED, 'two companions share a portrait');
    await until(() => cards.locator('img').evaluateAll((images) => images.every((image) => image.complete && image.naturalWidth > 0)), 'the portraits are loaded');
  },

  async 'a companion speaks first'() {
    await page.getByRole('link', { name: 'Talk with Juniper' }).click();
    await page.getByRole('heading', { level: 1, name: 'Juniper' }).waitFor();
    await page.getByText('Mind the watering can').waitFor();
    check((await page.getByText('{{user}}').count()) === 0, 'a macro stands in the greeting');
  },

  async 'a message is answered as the model thinks'() {
    const grown = await watchGrowth(page);
    await send(page, LONG);
    await stopButton(page).waitFor();
    await page.waitForURL(/\/chat\/\w+/);
    await until(async () => (await grown()) >= 4, 'the answer grows', longAnswer);
    check((await composer(page).inputValue()) === '', 'the sent text stands in the composer');
    check((await page.getByText(LONG).count()) === 1, 'the message is not shown exactly once');
  },

  async 'Esc stops it, and says so'() {
    await page.keyboard.press('Escape');
    await page.getByText('You stopped this answer here.').waitFor();
    await stopButton(page).waitFor({ state: 'hidden' });
  },

  async 'a stopped answer goes on where it was'() {
    const before = letters(await answers(page).last().locator('p').first().innerText());
    await page.getByRole('button', { name: 'Continue' }).click();
    await stopButton(page).waitFor();
    await until(async () => {
      const now = await lastText(page);
      return now.startsWith(before.slice(0, 40)) && now.length > before.length + 20;
    }, 'the answer goes on', longAnswer);
  },

  async 'a reload in mid-answer loses nothing'() {
    const before = (await lastText(page)).slice(0, 60);
    await page.reload();
    await until(async () => (await answers(page).count()) > 0 && (await lastText(page)).startsWith(before), 'the answer is back');
    if (await stopButton(page).isVisible()) {
      const length = (await lastText(page)).length;
      await until(async () => (await lastText(page)).length > length || !(await stopButton(page).isVisible()), 'it goes on growing', longAnswer);
    }
  },

  async 'a second window sees the answer live'() {
    await atRest(page);
    second = await open(server, { state: await page.context().storageState(), width: 390, height: 844 });
    await second.goto(page.url());
    await second.getByText(LONG).waitFor();
    const grown = await watchGrowth(second);
    await send(page, 'And what did the keeper see from the tower? Describe every detail of the sea.');
    await second.getByText('And what did the keeper see').waitFor();
    await stopButton(second).waitFor();
    await until(async () => (await grown()) >= 3, 'the second window sees it grow', longAnswer);
    await noOverflow(second);
  },

  async 'the second window can stop it, and both show the same'() {
    await stopButton(second).click();
    await second.getByText('You stopped this answer here.').last().waitFor();
    await stopButton(page).waitFor({ state: 'hidden' });
    const shown = (window) => window.evaluate(() => [...document.querySelectorAll('[role="article"] p')].map((one) => one.innerText).slice(-3).join('|').replaceAll(/\d\d:\d\d( [AP]M)?/g, ''));
    await until(async () => (await shown(page)) === (await shown(second)), 'both windows show the same');
  },

  async 'what the page shows is what the server keeps'() {
    await until(async () => !(await history(page)).running, 'no turn runs any more');
    const { items } = await history(page);
    check(items.at(-1).state === 'cut', `the last answer is ${items.at(-1).state}`);
    check(items.filter(({ role, text }) => role === 'user' && text === LONG).length === 1, 'the message was stored more than once');
  },

  async 'an answer tells how it came about'() {
    await page.getByRole('button', { name: 'How this answer came about' }).last().click();
    await page.getByRole('rowheader', { name: 'First word' }).waitFor();
    await page.getByText('Remembered from before').waitFor();
  },

  async 'talking again leads back to the same conversation'() {
    const before = page.url();
    await page.getByRole('link', { name: 'Companions', exact: true }).click();
    await page.getByRole('link', { name: 'Talk with Juniper' }).click();
    await page.waitForURL(before);
    await page.getByRole('button', { name: 'New conversation with Juniper' }).click();
    await page.waitForURL(/fresh=true/);
    await page.getByText('Mind the watering can').waitFor();
    check((await page.getByText(LONG).count()) === 0, 'the new conversation holds the old one');
  },

  async 'a conversation is deleted in every window, and can be taken back'() {
    const conversation = second.url();
    await page.goto(conversation);
    const remove = async () => {
      await page.getByRole('button', { name: 'What to do with this conversation' }).click();
      await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
      await page.getByText('The conversation was deleted.').waitFor();
      await page.waitForURL(/\/chat$/);
    };
    await remove();
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.waitForURL(conversation);
    await remove();
    await second.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor();
    const { items } = await page.evaluate(async () => (await fetch('/api/v1/conversations')).json());
    check(items.every(({ id }) => !conversation.endsWith(id)), 'the server still lists it');
  },
});
