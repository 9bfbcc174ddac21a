// Signing in and out, sessions, and what a stranger gets.
import { check, firstAccount, noOverflow, noViolations, open, scenario, Server, signIn, until } from './kit.mjs';

const server = new Server();
const REFUSED = [/status of (401|409)/];
let page;
let other;

await scenario({
  async 'a stranger is led to the door, and from there to where they wanted'() {
    await server.start();
    page = await open(server, { expect: REFUSED });
    await firstAccount(page);
    other = await open(server, { expect: REFUSED, width: 390, height: 844 });
    await other.goto(`${server.url}/settings`);
    await other.getByRole('heading', { name: 'Good to see you again' }).waitFor();
    await noOverflow(other);
    await signIn(other);
    await other.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  },

  async 'a wrong password says what to check and keeps the name'() {
    const third = await open(server, { expect: REFUSED });
    await signIn(third, 'ada', 'not the password');
    await third.getByRole('alert').filter({ hasText: 'The name or the password is not right' }).waitFor();
    check((await third.getByRole('textbox', { name: /^Email or user name/ }).inputValue()) === 'ada', 'the name is gone');
    await noViolations(third);
    await third.context().close();
  },

  async 'an address from elsewhere in the link is not followed'() {
    const third = await open(server, { expect: REFUSED });
    await third.goto(`${server.url}/sign-in?next=//canary.invalid/x`);
    await signIn(third);
    await third.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
    check(new URL(third.url()).host === `127.0.0.1:${String(server.port)}`, `led to ${third.url()}`);
    await third.context().close();
  },

  async 'every session is listed, and another one can be ended'() {
    await page.goto(`${server.url}/settings`);
    const sessions = page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem');
    await until(async () => (await sessions.count()) >= 3, 'the sessions are listed');
    check((await sessions.filter({ hasText: 'This browser' }).count()) === 1, 'this browser is not marked once');
    const before = await sessions.count();
    for (let left = before - 1; left > 0; left -= 1) {
      await page.getByRole('button', { name: /^End the session on/ }).first().click();
      await until(async () => (await sessions.count()) === left, 'the session is gone');
    }
  },

  async 'whose session was ended is led to the door and told why'() {
    // Without touching anything: the server has closed its socket.
    await other.getByText('Your session has ended. Sign in again to go on.').waitFor();
    await signIn(other);
    await until(() => !other.url().includes('/sign-in'), 'signed in again');
  },

  async 'the operator closes the door to new accounts, and it says so to a stranger'() {
    const accounts = page.getByRole('region', { name: 'New accounts' });
    await accounts.getByRole('button', { name: 'Nobody' }).click();
    await accounts.getByText('Nobody; who has an account keeps it.').waitFor();
    await noViolations(page);
    const third = await open(server, { width: 390, height: 844 });
    for (const path of ['/sign-in', '/register']) {
      await third.goto(`${server.url}${path}`);
      await third.getByText('This server takes no new accounts. Ask whoever runs it.').waitFor();
      check((await third.getByRole('link', { name: /Create an account/ }).count()) === 0, `${path} leads to a closed door`);
      await noOverflow(third);
      await noViolations(third);
    }
    await third.context().close();
    await accounts.getByRole('button', { name: 'At the machine' }).click();
    await accounts.getByText(/Whoever opens the page on the server/).waitFor();
  },

  async 'signing out closes the door behind'() {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Good to see you again' }).waitFor();
    check((await page.getByText('Your session has ended').count()) === 0, 'signing out is told as an accident');
    await page.goto(`${server.url}/settings`);
    await page.getByRole('heading', { name: 'Good to see you again' }).waitFor();
    check((await page.evaluate(() => Object.keys(localStorage).filter((key) => key !== 'lares.mode').join())) === '', 'something of the person stays behind');
  },

  async 'a second person makes an account and sees nothing of the first'() {
    await page.getByRole('link', { name: /Create an account/ }).click();
    await page.getByRole('textbox', { name: /^Email/ }).fill('bo@example.org');
    await page.getByRole('textbox', { name: /^User name/ }).fill('ada');
    await page.getByLabel(/^Password/).fill('correct horse battery staple 8');
    await page.getByRole('button', { name: 'Create account' }).click();
    await until(async () => (await page.getByRole('textbox', { name: /^User name/ }).getAttribute('aria-invalid')) === 'true' || (await page.getByRole('alert').count()) > 0, 'the taken name is refused');
    check((await page.getByRole('textbox', { name: /^Email/ }).inputValue()) === 'bo@example.org', 'what was typed is gone');
    await page.getByRole('textbox', { name: /^User name/ }).fill('bo');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { level: 1, name: 'Companions' }).waitFor();
    const me = await page.evaluate(async () => (await fetch('/api/v1/users/me')).json());
    check(me.role === 'user', `the second account is ${me.role}`);
  },
});
