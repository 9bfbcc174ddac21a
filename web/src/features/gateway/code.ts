import { bodyOf, type Ask } from './generate';

export const dialects = { curl: 'curl', python: 'Python', js: 'JavaScript' } as const;
export type CodeLanguage = keyof typeof dialects;

/** A string as Python and JavaScript both read it. */
const quoted = (text: string) => JSON.stringify(text);
/** Within single quotes of a shell. */
const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request by an official client, against the OpenAI dialect of this server. */
export function codeFor(language: CodeLanguage, ask: Ask, origin: string): string {
  const { messages } = bodyOf(ask, false) as { messages: { role: string; content: string }[] };
  const options: [string, number][] = [
    ...(ask.maxTokens === null ? [] : [['max_tokens', ask.maxTokens] as [string, number]]),
    ...(ask.temperature === null ? [] : [['temperature', ask.temperature] as [string, number]]),
  ];
  if (language === 'curl') {
    const body = JSON.stringify({ model: ask.model, messages, ...Object.fromEntries(options) }, null, 2);
    return `curl ${origin}/v1/chat/completions \\\n  -H 'Authorization: Bearer YOUR_KEY' \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(body)}\n`;
  }
  const said = messages.map(({ role, content }) =>
    language === 'python' ? `        {"role": ${quoted(role)}, "content": ${quoted(content)}},` : `    { role: ${quoted(role)}, content: ${quoted(content)} },`,
  );
  if (language === 'python') {
    return [
      'from openai import OpenAI',
      '',
      `client = OpenAI(base_url=${quoted(`${origin}/v1`)}, api_key="YOUR_KEY")`,
      'answer = client.chat.completions.create(',
      `    model=${quoted(ask.model)},`,
      '    messages=[',
      ...said,
      '    ],',
      ...options.map(([name, value]) => `    ${name}=${String(value)},`),
      ')',
      'print(answer.choices[0].message.content)',
      '',
    ].join('\n');
  }
  return [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${quoted(`${origin}/v1`)}, apiKey: 'YOUR_KEY' });`,
    'const answer = await client.chat.completions.create({',
    `  model: ${quoted(ask.model)},`,
    '  messages: [',
    ...said,
    '  ],',
    ...options.map(([name, value]) => `  ${name}: ${String(value)},`),
    '});',
    'console.log(answer.choices[0].message.content);',
    '',
  ].join('\n');
}
