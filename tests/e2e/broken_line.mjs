// The server dies and comes back: nothing that was said is lost or doubled, and the page tells what happens.
import { answerHas, answers, check, composer, firstAccount, history, longAnswer, noViolations, open, picture, scenario, send, Server, signIn, until } from './kit.mjs';

// Without a voice: what is judged here is the line, and when an answer ends does not hang on its sound.
const server = new Server({ VOICE_ENABLED: 'false' });
let page;
let other; // window of the same person
const ASK = 'Tell me a very long story about a mountain village. Do not stop early.';
const LATER = 'Said while nobody was there.';
const SECOND_GREETING = 'Morning light falls through the wet glass';
const SECRET = 'This is between us.';

let stored; // of the answer, before the server died
let kept; // how the store has it afterwards

await scenario({
  async 'the server dies in mid-answer: the page says so and keeps what was said'() {
    await server.start();
    await server.talking();
    page = await open(server, { most: 200, endless: true, expect: [/ERR_CONNECTION|WebSocket|Failed to load resource/] });
    await firstAccount(page);
    await page.getByRole('link', { name: 'Talk with Theo' }).click();
    await send(page, ASK);
    stored = await answerHas(page, 60);
    check(stored.length >= 20, `the whole answer is «${stored}»`);
    await server.kill();
    await page.getByText('No connection to the server.').waitFor();
    await page.getByText(ASK).waitFor();
    await noViolations(page);
    await picture(page, 'offline-desktop-light');
  },

  async 'what is written meanwhile waits, whatever the answer was doing'() {
    await composer(page).fill(LATER);
    await page.keyboard.press('Enter');
    await page.getByText('Waiting for the connection').waitFor();
    check((await composer(page).inputValue()) === '', 'the composer keeps what waits');
  },

  async 'the server comes back: the line mends itself, the answer is interrupted and can go on'() {
    await server.start();
    await server.talking();
    await page.getByText('No connection to the server.').waitFor({ state: 'hidden' });
    // A short answer may have ended before the kill: the store says which it was, and the page must agree.
    const { items } = await history(page);
    const asked = items.find(({ text }) => text === ASK);
    kept = items.find(({ parent }) => parent === asked.id).state;
    check(kept === 'interrupted' || kept === 'done', `the answer is ${kept}`);
    if (kept === 'interrupted') await page.getByText('This answer was interrupted before it was finished.').waitFor();
    check((await page.getByText(ASK).count()) === 1, 'the message is doubled');
  },

  async 'and what waited is said once, by itself'() {
    await until(async () => (await page.getByText(LATER).count()) === 1, 'the message stands once');
    await until(async () => (await history(page)).items.filter(({ text }) => text === LATER).length === 1, 'the server has it once');
    await until(async () => !(await history(page)).running, 'the answer is there', longAnswer);
    const { items } = await history(page);
    check(items.filter(({ text }) => text === ASK).length === 1, 'the first message was stored more than once');
    check(items.some(({ state, text }) => state === kept && text.startsWith(stored)), 'the answer was not kept');
  },

  async 'without a line two windows keep what each of them wrote, and what it was an answer to'() {
    other = await page.context().newPage();
    await other.goto(server.url);
    await other.getByRole('link', { name: 'Talk with Juniper' }).click();
    await other.getByRole('button', { name: 'Next version' }).click();
    await other.getByText(SECOND_GREETING).waitFor();
    await server.kill();
    for (const window of [page, other]) await window.getByText('No connection to the server.').waitFor();
    await composer(page).fill('A letter in a bottle.');
    await page.keyboard.press('Enter');
    await page.getByText('Waiting for the connection').waitFor();
    await composer(page).fill('half a thought');
    await until(() => page.evaluate(() => JSON.stringify(localStorage).includes('half a thought')), 'the draft is kept');
    await composer(other).fill('Is anybody awake?');
    await other.keyboard.press('Enter');
    await other.getByText('Waiting for the connection').waitFor();
    check((await other.getByText(SECOND_GREETING).count()) === 1, 'another greeting stands above what was said under this one');
    // Its line is tried again, which is nothing to the other window's words.
    await other.evaluate(() => window.dispatchEvent(new Event('online')));
  },

  async 'a reload loses none of it, and it goes out when it can'() {
    await server.start();
    await page.reload();
    await until(async () => (await page.getByText('A letter in a bottle.').count()) === 1, 'the letter is there once');
    await until(async () => (await history(page)).items.filter(({ text }) => text === 'A letter in a bottle.').length === 1, 'the server has it once');
    await until(async () => (await composer(page).inputValue()) === 'half a thought', 'the draft is back');
    await other.waitForURL(/\/chat\/\w+/);
    const { items } = await history(other);
    check(items[0].text.includes(SECOND_GREETING) && items[1].text === 'Is anybody awake?', `the conversation begins with «${items[0].text}»`);
    await other.close();
  },

  async 'what one person could not send is not said by the next'() {
    await server.person('bob');
    await page.getByRole('link', { name: 'Companions', exact: true }).click();
    await page.getByRole('link', { name: 'Talk with Sunniva' }).click();
    await composer(page).waitFor();
    // All of her is here.
    await answers(page).first().waitFor();
    await server.kill();
    await page.getByText('No connection to the server.').waitFor();
    await composer(page).fill(SECRET);
    await page.keyboard.press('Enter');
    await page.getByText('Waiting for the connection').waitFor();
    await page.context().clearCookies();
    await server.start();
    await server.talking();
    await page.getByText('Your session has ended. Sign in again to go on.').waitFor();
    await signIn(page, 'bob');
    await page.getByRole('link', { name: 'Talk with Sunniva' }).click();
    await send(page, 'Good evening.');
    await page.waitForURL(/\/chat\/\w+/);
    await until(async () => (await history(page)).items.some(({ text }) => text === 'Good evening.'), 'the server has what the second person said');
    const said = (await history(page)).items.filter(({ role }) => role === 'user').map(({ text }) => text);
    check(said.join() === 'Good evening.', `said in the second person's name: ${said.join(' / ')}`);
    check(!(await page.evaluate(() => JSON.stringify(localStorage))).includes(SECRET), 'it is still kept here');
    await page.context().close();
    await server.close();
  },

  async 'a message typed while a voice still sounds and the server has just died goes out by itself'() {
    const spoken = new Server();
    await spoken.start();
    await spoken.talking();
    page = await open(spoken, { most: 200, endless: true, expect: [/ERR_CONNECTION|WebSocket|Failed to load resource/] });
    await firstAccount(page);
    await page.getByRole('link', { name: 'Talk with Theo' }).click();
    await page.locator('[data-avatar-kind="svg"]').waitFor();
    await send(page, ASK);
    await page.getByText(/^Heard after/).waitFor({ timeout: longAnswer });
    await spoken.kill();
    await composer(page).pressSequentially(LATER);
    await page.keyboard.press('Enter');
    await until(async () => (await page.getByText(LATER).count()) === 1 && (await composer(page).inputValue()) === '', 'it stands in the conversation');
    await page.getByText('No connection to the server.').waitFor();
    await spoken.start();
    await spoken.talking();
    await until(async () => (await history(page)).items.filter(({ text }) => text === LATER).length === 1, 'the server has it once');
    await until(async () => (await page.getByText(LATER).count()) === 1, 'it stands once');
    await spoken.close();
  },
});
