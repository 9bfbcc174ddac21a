// Conversations as trees: versions by button, key and finger, edits in place, branches, marks, deletion and its undo, live on a second
// window; their lists, search, files and settings; and why an answer was given.
import { answerHas, answers, atRest, check, composer, deep, fileOf, firstAccount, history, letters, longAnswer, looks, noOverflow, noViolations, open, picture, scenario, send, Server, stopButton, until } from './kit.mjs';

// Without a voice: an answer takes the time of its writing, not of its sound.
const server = new Server({ VOICE_ENABLED: 'false' });
let page;
let second;
let state;
let character;
let conversation;
const LONG = deep ? 50_000 : 3_000;
const DOM_MOST = 3_000;

const api = (path, options = {}) =>
  page.evaluate(
    async ([address, init]) => {
      const answer = await fetch(`/api/v1${address}`, init);
      return answer.status === 204 ? null : answer.json();
    },
    [path, options],
  );
const post = (path, body) => api(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const card = (name, more = {}) => ({ spec: 'chara_card_v2', spec_version: '2.0', data: { name, description: 'Keeps a mill.', personality: '', scenario: '', first_mes: 'Good morning to you.', mes_example: '', creator_notes: '', system_prompt: '', post_history_instructions: '', alternate_greetings: ['Good evening to you.', 'Is it raining?'], tags: ['calm'], creator: '', character_version: '', extensions: {}, ...more } });
const upload = (name, json) =>
  page.evaluate(
    async ([file, text]) => {
      const form = new FormData();
      form.append('file', new File([text], file, { type: 'application/json' }));
      return (await fetch('/api/v1/characters/upload', { method: 'POST', body: form })).json();
    },
    [`${name}.json`, JSON.stringify(json)],
  );

/** A chat as SillyTavern keeps it; the last answer has three versions, the second is shown. */
function chat(lines, title = 'The mill') {
  const head = { user_name: 'ada', character_name: 'Mira', create_date: '2026-01-01@10h00m00s', chat_metadata: {} };
  const messages = Array.from({ length: lines }, (_, index) => {
    const own = index % 2 === 1;
    const text = own ? `Question ${String(index)}?` : `Answer ${String(index)}. ${'The wheel turns. '.repeat(index % 5)}`;
    return { name: own ? 'ada' : 'Mira', is_user: own, is_system: false, send_date: 1_767_261_600_000 + index * 1_000, mes: text, ...(index === lines - 1 && !own ? { swipes: ['First try, of flour.', text, 'Third try, of rain.'], swipe_id: 1 } : {}) };
  });
  return { title, text: [head, ...messages].map((line) => JSON.stringify(line)).join('\n') };
}
const bring = (text) => api(`/conversations/import?character_id=${character}`, { method: 'POST', headers: { 'Content-Type': 'application/x-ndjson' }, body: text });
const at = (path) => page.goto(server.url + path);
const last = (where = page) => answers(where).last();
const menuOf = async (row, item, where = page) => {
  await row.hover();
  await row.getByRole('button', { name: 'What to do with this message' }).click();
  await where.getByRole('menuitem', { name: item, exact: true }).click();
};
const shows = (where, text) => until(async () => (await last(where).innerText()).includes(text), `the last message says “${text}”`);
const notice = (text, where = page) => where.getByText(text, { exact: true }).waitFor();
const ended = () => until(async () => (await stopButton(page).count()) === 0, 'the answer has ended', longAnswer);

await scenario({
  async 'a conversation begins with the greeting that was chosen'() {
    await server.start();
    await server.talking();
    page = await open(server, { expect: [/status of 4\d\d/], most: 60, endless: true });
    await firstAccount(page);
    character = (await upload('Mira', card('Mira'))).id;
    await at(`/with/${character}`);
    await page.getByText('Good morning to you.').waitFor();
    await page.getByText('1 of 3').waitFor();
    await page.getByRole('button', { name: 'Next version' }).click();
    await page.getByText('Good evening to you.').waitFor();
    await noViolations(page);
    await send(page, 'Say one short sentence.');
    await page.waitForURL(/\/chat\/\w+/);
    await until(async () => (await last().getByRole('button', { name: 'How this answer came about' }).count()) === 1, 'it is answered', longAnswer);
    await ended();
    const first = answers(page).filter({ hasText: 'Good evening to you.' });
    await first.getByText('2 of 3').waitFor();
    state = await page.context().storageState();
  },

  async 'another answer stands beside the first, and the keys lead between them'() {
    await last().getByRole('button', { name: 'Another answer' }).click();
    // A short one may have ended before it was seen to run.
    await until(async () => (await stopButton(page).count()) > 0 || (await last().getByText('2 of 2').count()) > 0, 'it is answered again');
    await answerHas(page, 1);
    await page.keyboard.press('Escape');
    await ended();
    await last().getByText('2 of 2').waitFor();
    await until(async () => (await composer(page).inputValue()) === '', 'the field is empty');
    await composer(page).focus();
    await page.keyboard.press('ArrowLeft');
    await last().getByText('1 of 2').waitFor();
    await page.keyboard.press('ArrowRight');
    await last().getByText('2 of 2').waitFor();
    // Whoever writes moves in their text.
    await composer(page).fill('word');
    await page.keyboard.press('ArrowLeft');
    await last().getByText('2 of 2').waitFor();
    await composer(page).fill('');
  },

  async 'an answer goes on, and the next line is drafted'() {
    const before = (await history(page)).items.at(-1);
    // Of an answer that is stopped before its model is asked there is nothing to tell below. A model may find nothing to add: it is asked again.
    let asked = 0;
    await until(async () => {
      const { items, running } = await history(page);
      if (running) return running.text !== '' && letters(running.text) !== letters(before.text);
      if (items.at(-1).id !== before.id) return true;
      if (Date.now() - asked > 10_000 && (await stopButton(page).count()) === 0) {
        asked = Date.now();
        await menuOf(last(), 'Go on');
      }
      return false;
    }, 'it goes on', longAnswer);
    await page.keyboard.press('Escape');
    await ended();
    await page.getByRole('button', { name: 'Write my next line for me' }).click();
    await until(async () => (await composer(page).inputValue()) !== '', 'there is a draft', longAnswer);
    await atRest(page);
    const count = await answers(page).count();
    await composer(page).fill('');
    await page.reload();
    await until(async () => (await answers(page).count()) === count, 'the draft was stored nowhere');
  },

  async 'why an answer was given'() {
    await menuOf(last(), 'Why did it say that?');
    const dialog = page.getByRole('dialog', { name: 'Why did it say that?' });
    await dialog.getByRole('list', { name: 'Parts' }).getByRole('listitem').first().waitFor();
    await noViolations(page);
    await picture(page, 'why-desktop-light');
    await dialog.getByRole('button', { name: 'As it was sent' }).click();
    await dialog.getByText('Keeps a mill.').first().waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  },

  async 'a message carries a picture and a file'() {
    const png = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = 320;
      canvas.height = 200;
      const brush = canvas.getContext('2d');
      brush.fillStyle = '#2f7f5f';
      brush.fillRect(0, 0, 320, 200);
      brush.fillStyle = '#f4c542';
      brush.fillRect(40, 40, 120, 120);
      return canvas.toDataURL('image/png').split(',')[1];
    });
    const files = [{ name: 'mill.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') }, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('The sluice is open.') }];
    const chosen = page.getByRole('list', { name: 'Goes with your message' });
    await page.getByTestId('attach-file').setInputFiles([files[0], { name: 'old.exe', mimeType: 'application/octet-stream', buffer: Buffer.from([77, 90, 0, 1]) }]);
    await chosen.getByRole('alert').filter({ hasText: 'old.exe' }).waitFor();
    await noViolations(page);
    await page.getByRole('button', { name: 'Remove old.exe' }).click();
    await page.getByRole('button', { name: 'Remove mill.png' }).click();
    await chosen.waitFor({ state: 'detached' });
    // By paste, then by dropping.
    for (const [index, kind] of ['paste', 'drop'].entries()) {
      await page.evaluate(
        ([name, type, data, what]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name, { type }));
          const field = document.querySelector('textarea[aria-describedby="composer-help"]');
          field.dispatchEvent(what === 'paste' ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }) : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
        },
        [files[index].name, files[index].mimeType, files[index].buffer.toString('base64'), kind],
      );
      await page.getByRole('button', { name: `Remove ${files[index].name}` }).waitFor();
    }
    await until(async () => (await chosen.getByRole('progressbar').count()) === 0, 'both are uploaded');
    await chosen.getByText('All of its 19 characters are read').waitFor();
    await chosen.getByText('This model cannot see pictures: it is told the name and the size').waitFor();
    await picture(page, 'tree-attach');
    await send(page, 'Look at this.');
    await page.getByText('This model cannot see pictures.').waitFor();
    await chosen.waitFor({ state: 'detached' });
    await ended();
    const shown = page.getByRole('img', { name: 'mill.png' });
    await until(async () => (await shown.evaluate((image) => image.complete && image.naturalWidth)) === 320, 'the picture is shown');
    await page.reload();
    await until(async () => (await shown.evaluate((image) => image.naturalWidth)) === 320, 'the picture is there again');
    check((await page.getByRole('link', { name: 'notes.txt' }).getAttribute('download')) === 'notes.txt', 'the file can be saved');
    await noViolations(page);
    await picture(page, 'tree-attached');
  },

  async 'a chat comes from a file, with its versions'() {
    await at('/chat');
    await page.getByRole('button', { name: 'Import chats' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import chats' });
    await dialog.getByRole('combobox', { name: 'Companion' }).click();
    await page.getByRole('option', { name: 'Mira' }).click();
    await page.getByTestId('chat-file').setInputFiles([
      { name: 'mill.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from(chat(9).text) },
      { name: 'broken.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from('{"no": ') },
    ]);
    await until(async () => (await dialog.getByRole('alert').count()) === 2, 'both files have their result');
    // Each version is a message of its own.
    await dialog.getByText('11 messages were imported.').waitFor();
    await noViolations(page);
    await dialog.getByRole('link', { name: 'Open' }).click();
    await page.waitForURL(/\/chat\/\w+/);
    conversation = page.url().split('/').at(-1);
    await last().getByText('2 of 3').waitFor();
    await last().getByRole('button', { name: 'Next version' }).click();
    await shows(page, 'Third try, of rain.');
  },

  async 'a second window sees each change as it happens'() {
    second = await open(server, { state, width: 390, height: 844 });
    await second.goto(`${server.url}/chat/${conversation}`);
    await shows(second, 'Third try, of rain.');
    await last().getByRole('button', { name: 'Previous version' }).click();
    await shows(second, 'Answer 8.');
  },

  async 'a finger swipes between versions'() {
    const touch = await second.context().newCDPSession(second);
    // Where its words stand once they stand still.
    const place = async () => {
      let box = null;
      await until(async () => {
        const before = JSON.stringify(box);
        box = await last(second).getByText(/Answer 8\.|First try/).boundingBox();
        return box !== null && JSON.stringify(box) === before;
      }, 'the last message stands still');
      return box.y + box.height / 2;
    };
    const pull = async (from, to) => {
      const y = await place();
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: from, y }] });
      for (let step = 1; step <= 6; step += 1) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: from + ((to - from) * step) / 6, y }] });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    await pull(90, 280);
    await shows(second, 'First try, of flour.');
    await shows(page, 'First try, of flour.');
    await pull(280, 90);
    await shows(second, 'Answer 8.');
  },

  async 'a message is written anew in place; Esc loses nothing'() {
    const own = answers(page).filter({ hasText: 'Question 7?' });
    await menuOf(own, 'Edit');
    const field = page.getByRole('textbox', { name: 'Change your message' });
    await field.fill('Question seven?');
    await noViolations(page);
    await field.press('Escape');
    await own.getByText('Question 7?').waitFor();
    await page.getByRole('button', { name: 'Keep editing' }).click();
    check((await field.inputValue()) === 'Question seven?', 'what was written is lost');
    await page.reload();
    await until(async () => (await field.inputValue().catch(() => '')) === 'Question seven?', 'it outlives a reload');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const changed = answers(page).filter({ hasText: 'Question seven?' });
    await changed.getByText('2 of 2').waitFor();
    await changed.getByText('edited').waitFor();
    await shows(page, 'Answer 8.');
    await second.getByText('Question seven?').waitFor();
    await changed.getByRole('button', { name: 'Previous version' }).click();
    await second.getByText('Question 7?').waitFor();
    // What follows went with the change.
    await answers(page).filter({ hasText: 'Question 7?' }).getByRole('button', { name: 'Next version' }).click();
    await shows(page, 'Answer 8.');
    await shows(second, 'Answer 8.');
  },

  async 'an answer is written anew, too'() {
    await at(`/chat/${conversation}`);
    const first = answers(page).filter({ hasText: 'Answer 6.' });
    await first.scrollIntoViewIfNeeded();
    await menuOf(first, 'Edit');
    await page.getByRole('textbox', { name: 'Change the answer' }).fill('Answer six, in words.');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Answer six, in words.').waitFor();
  },

  async 'marks: hidden from the prompt, and pinned'() {
    const row = answers(page).filter({ hasText: 'Question 5?' });
    await menuOf(row, 'Hide from the prompt');
    await row.getByText('not in the prompt').waitFor();
    await menuOf(row, 'Pin');
    await row.getByText('pinned · not in the prompt').waitFor();
    await second.getByText('pinned · not in the prompt').waitFor();
    await noViolations(page);
    await menuOf(row, 'Put back into the prompt');
    await until(async () => (await row.getByText('not in the prompt').count()) === 0, 'it is back');
  },

  async 'the menu of a message is worked by keys alone, and gives the focus back'() {
    const row = answers(page).filter({ hasText: 'Question 3?' });
    const button = row.getByRole('button', { name: 'What to do with this message' });
    const menu = page.getByRole('menu', { name: 'What to do with this message' });
    const isOn = (place) => place.evaluate((one) => one === document.activeElement).catch(() => false);
    const entry = (name) => menu.getByRole('menuitem', { name, exact: true });
    const downTo = (name) =>
      until(async () => {
        if (await isOn(entry(name))) return true;
        await page.keyboard.press('ArrowDown');
        return isOn(entry(name));
      }, `the arrows lead to “${name}”`);
    await button.focus();
    await page.keyboard.press('Enter');
    await until(() => isOn(menu.getByRole('menuitem').first()), 'the first entry has the focus');
    await page.keyboard.press('ArrowUp');
    await until(() => isOn(menu.getByRole('menuitem').last()), 'it goes round');
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
    await until(() => isOn(button), 'the focus is back after Escape');
    await page.keyboard.press('Space');
    await downTo('Pin');
    await page.keyboard.press('Enter');
    await row.getByText('pinned').waitFor();
    await menu.waitFor({ state: 'detached' });
    await until(() => isOn(button), 'the focus is back after a choice');
    await page.keyboard.press('Enter');
    await downTo('Unpin');
    await page.keyboard.press('Enter');
    await until(async () => (await row.getByText('pinned').count()) === 0, 'it is no longer pinned');
    await until(() => isOn(button), 'the focus is back once more');
  },

  async 'deleting takes what follows, and gives it back'() {
    const before = await answers(page).count();
    const row = answers(page).filter({ hasText: 'Question 5?' });
    await menuOf(row, 'Delete from here on');
    await until(async () => (await page.getByText('Question 5?').count()) === 0, 'it is gone');
    // A notice under the pointer stays: the other window may be slow.
    await page.getByRole('button', { name: 'Undo' }).first().hover();
    await until(async () => (await second.getByText('Question 5?').count()) === 0, 'there, too');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByText('Question 5?').waitFor();
    await until(async () => (await answers(page).count()) === before, 'all of it is back');
    await second.getByText('Question 5?').waitFor();
  },

  async 'a branch is a conversation of its own'() {
    const row = answers(page).filter({ hasText: 'Answer 4.' });
    await menuOf(row, 'Branch here');
    await until(() => !page.url().endsWith(conversation), 'it is open');
    await page.getByRole('button', { name: 'Back', exact: true }).hover();
    await shows(page, 'Answer 4.');
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await page.waitForURL(new RegExp(`${conversation}$`));
  },

  async 'a conversation is named, pinned, put away, deleted and brought back'() {
    const menu = async (item) => {
      await page.getByRole('button', { name: 'What to do with this conversation' }).click();
      await page.getByRole('menuitem', { name: item, exact: true }).click();
    };
    await menu('Rename');
    await page.getByRole('textbox', { name: 'Title' }).fill('Flour and rain');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('navigation').getByText(/Flour and rain/).waitFor();
    await second.getByText('Flour and rain').first().waitFor();
    await menu('Pin');
    await menu('Archive');
    await notice('The conversation is in the archive.');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await until(async () => (await api(`/conversations/${conversation}`)).archived === false, 'it is in use again');
    await until(async () => (await api(`/conversations/${conversation}`)).pinned === true, 'it is pinned');
    await menu('Delete');
    await page.waitForURL(/\/chat$/);
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.waitForURL(new RegExp(`${conversation}$`));
    await shows(page, 'Answer 8.');
    await menu('Delete');
    await page.waitForURL(/\/chat$/);
    await page.getByRole('button', { name: 'Deleted' }).click();
    await page.getByRole('button', { name: 'Bring back: Flour and rain' }).click();
    await until(async () => (await api(`/conversations/${conversation}`)).id === conversation, 'it is back');
  },

  async 'everything that was said is found, and leads there'() {
    await at('/search?q=flour');
    const found = page.getByRole('list', { name: 'What was found' });
    await found.getByRole('link').first().waitFor();
    await noViolations(page);
    await noOverflow(page);
    // On another version than the one that is shown.
    await found.getByRole('link').filter({ hasText: 'First try' }).click();
    await page.getByRole('button', { name: 'Go there' }).click();
    await shows(page, 'First try, of flour.');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('seven');
    await page.getByRole('option').filter({ hasText: 'Question seven?' }).first().waitFor();
    await noViolations(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('mira');
    await page.getByRole('option').filter({ hasText: 'Mira' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Mira' }).waitFor();
  },

  async 'what is found is narrowed by companion and by day'() {
    await at('/search');
    const found = page.getByRole('list', { name: 'What was found' }).getByRole('link');
    const field = (name) => page.getByRole('search').getByLabel(name, { exact: true });
    const companion = async (name) => {
      await page.getByRole('combobox', { name: 'Companion' }).click();
      await page.getByRole('option', { name, exact: true }).click();
    };
    const none = () => page.getByRole('heading', { name: 'Nothing was found' }).waitFor();
    const some = () => until(async () => (await found.filter({ hasText: 'First try, of flour.' }).count()) > 0, 'it is found');
    // It was said on the first of January 2026, as the file that was brought here tells.
    await field('Words that were said').fill('flour');
    await some();
    await companion('Theo');
    await none();
    await companion('Mira');
    await some();
    await field('From').fill('2026-01-03');
    await none();
    await field('From').fill('2025-12-31');
    await some();
    await field('Until').fill('2025-12-31');
    await none();
    await field('Until').fill('2026-01-02');
    await some();
    await noViolations(page);
    // What was asked stands in the address.
    await until(() => /q=flour/.test(page.url()) && /character=/.test(page.url()) && /from=2025-12-31/.test(page.url()) && /to=2026-01-02/.test(page.url()), 'the address tells it');
    await page.reload();
    await some();
    check((await field('From').inputValue()) === '2025-12-31' && (await field('Words that were said').inputValue()) === 'flour', 'the filters are lost');
  },

  async 'what was said with a companion or on some days is found without a word, by mouse and by keyboard'() {
    await at('/search');
    const start = page.getByRole('heading', { name: 'Find what was said' });
    const none = page.getByRole('heading', { name: 'Nothing was found' });
    const found = page.getByRole('list', { name: 'What was found' }).getByRole('link');
    const field = (name) => page.getByRole('search').getByLabel(name, { exact: true });
    const box = page.getByRole('combobox', { name: 'Companion' });
    const some = () => until(async () => (await found.filter({ hasText: 'First try, of flour.' }).count()) > 0, 'it is found');
    await start.waitFor();
    await field('From').fill('2025-12-31');
    await field('Until').fill('2026-01-02');
    await some();
    check((await start.count()) === 0 && (await page.locator('mark').count()) === 0, 'nothing is to be typed, and nothing marked');
    await field('Until').fill('2025-12-30');
    await none.waitFor();
    await page.getByText('This day lies before the first one.').waitFor();
    await field('From').fill('');
    await field('Until').fill('');
    await start.waitFor();
    // From the words to the companion and into what was found, by keys alone.
    await field('Words that were said').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Everyone' }).waitFor();
    await until(async () => {
      await page.keyboard.press('ArrowDown');
      return page.getByRole('option', { name: 'Mira', exact: true }).evaluate((option) => option === document.activeElement);
    }, 'the arrows come to Mira');
    await page.keyboard.press('Enter');
    await found.first().waitFor();
    await noViolations(page);
    await until(() => /\/search\?character=[^&]+$/.test(page.url()), 'the address tells it');
    await found.first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/chat\/.*at=/);
    // By mouse.
    await page.goBack();
    await found.first().waitFor();
    await box.click();
    await page.getByRole('option', { name: 'Everyone' }).click();
    await start.waitFor();
  },

  async 'its settings are its own'() {
    await post('/personas', { name: 'Captain Nemo', description: 'Dives.' });
    await at(`/chat/${conversation}`);
    const drawer = async () => {
      await page.getByRole('button', { name: 'What to do with this conversation' }).click();
      await page.getByRole('menuitem', { name: 'Conversation settings' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).waitFor();
    };
    await drawer();
    await noViolations(page);
    await page.getByRole('combobox', { name: 'You are' }).click();
    await page.getByRole('option', { name: 'Captain Nemo' }).click();
    await page.getByRole('textbox', { name: 'Author’s note' }).fill('It snows.');
    await page.getByRole('checkbox', { name: 'Lorebooks look for their keys in it, too' }).check();
    await page.getByRole('combobox', { name: 'Order of the prompt' }).click();
    await page.getByRole('option', { name: 'Quick' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keep editing' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await notice('The conversation’s settings were saved.');
    const kept = await api(`/conversations/${conversation}`);
    check(kept.author_note?.text === 'It snows.' && kept.author_note.allow_scan && kept.layout === 'stable' && Boolean(kept.persona_id), `kept: ${JSON.stringify(kept)}`);
    await drawer();
    await page.getByRole('textbox', { name: 'Author’s note' }).fill('');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await until(async () => !(await api(`/conversations/${conversation}`)).author_note, 'the note is gone');
  },

  async 'it leaves as a file that comes back the same'() {
    for (const [name, form] of [['Export for SillyTavern', 'sillytavern'], ['Export with everything', 'lares']]) {
      const { bytes } = await fileOf(page, async () => {
        await page.getByRole('button', { name: 'What to do with this conversation' }).click();
        await page.getByRole('menuitem', { name }).press('Enter');
      });
      const text = bytes.toString();
      check(text.includes('Third try, of rain.'), `${form} has lost a version`);
      const back = await bring(text);
      check(back.messages > 8 && back.skipped.length === 0, `${form}: ${JSON.stringify({ ...back, conversation: null })}`);
    }
  },

  async 'a conversation of thousands stands in few elements'() {
    const { conversation: long } = await bring(chat(LONG, 'Long').text);
    const started = Date.now();
    await at(`/chat/${long.id}`);
    await shows(page, `Question ${String(LONG - 1)}?`);
    const count = () => page.evaluate(() => document.querySelectorAll('*').length);
    check((await count()) < DOM_MOST, `${String(await count())} elements`);
    process.stderr.write(`opened ${String(LONG)} messages in ${String(Date.now() - started)} ms, ${String(await count())} elements\n`);
    const { items } = await api('/search?q=%22Question%20101%3F%22&limit=5');
    const target = items.find((one) => one.conversation_id === long.id);
    check(target, 'the message is not found');
    await at(`/chat/${long.id}?at=${target.message_id}`);
    await page.getByText('Question 101?').waitFor();
    check((await count()) < DOM_MOST, `${String(await count())} elements after all were loaded`);
    process.stderr.write(`gone to message 101: ${String(await count())} elements\n`);
  },

  async 'a chat that does not fit the model says what is too long, by how much, and what to do'() {
    const { id } = await upload('Vast', card('Vast', { description: 'A long story about the sea and the mill. '.repeat(4_000) }));
    await at(`/with/${id}`);
    await send(page, 'Good morning.');
    const why = /the companion’s description is [\d,]+ tokens too long\. Shorten it where you edit the companion, or choose a model that takes more\./;
    await page.getByText(why).waitFor();
    await noViolations(page);
    // It is there for whoever comes back, and on another device.
    await page.reload();
    await page.getByText(why).waitFor();
    const other = await open(server, { state });
    await other.goto(page.url());
    await other.getByText(why).waitFor();
    await other.context().close();
    // In the words of the page, whatever its language.
    const spanish = await open(server, { state, language: 'es-ES' });
    await spanish.goto(page.url());
    await spanish.getByText(/sobran [\d.]+ tokens en la descripción del compañero\. Acorta ese texto al editar el compañero/).waitFor();
    await spanish.context().close();
  },

  async 'every part of it on a phone and a desk, light and dark'() {
    for (const { scheme, shape, ...size } of looks) {
        const there = await open(server, { state, scheme, ...size });
        const see = async (name) => {
          await noOverflow(there);
          await noViolations(there, `${name} ${shape} ${scheme}`);
          await picture(there, `${name}-${shape}-${scheme}`);
        };
        await there.goto(`${server.url}/chat/${conversation}`);
        await shows(there, 'First try');
        await see('tree');
        await menuOf(last(there), 'Hide from the prompt', there);
        const told = there.getByRole('alert').filter({ hasText: 'no longer sees this message' });
        // A notice under the pointer stays.
        await told.hover();
        const [notice, button] = [await told.boundingBox(), await there.getByRole('button', { name: 'Send', exact: true }).boundingBox()];
        check(notice.y + notice.height <= button.y || notice.x + notice.width <= button.x, `on a ${shape} a notice lies over what sends`);
        await see('tree-notice');
        await told.getByRole('button', { name: 'Dismiss' }).click();
        await told.waitFor({ state: 'detached' });
        await menuOf(last(there), 'Put back into the prompt', there);
        await last(there).getByRole('button', { name: 'What to do with this message' }).click();
        await there.getByRole('menu').waitFor();
        await see('tree-menu');
        await there.keyboard.press('Escape');
        await there.getByRole('button', { name: 'What to do with this conversation' }).click();
        await there.getByRole('menuitem', { name: 'Conversation settings' }).click();
        await there.getByRole('dialog').getByRole('textbox', { name: 'Title' }).waitFor();
        await see('tree-settings');
        await there.goto(`${server.url}/chat`);
        await there.getByRole('list', { name: 'Conversations' }).getByRole('link').first().waitFor();
        await see('tree-list');
        await there.goto(`${server.url}/search?q=wheel`);
        await there.getByRole('list', { name: 'What was found' }).getByRole('link').first().waitFor();
        await see('tree-search');
        await there.context().close();
    }
  },
});
