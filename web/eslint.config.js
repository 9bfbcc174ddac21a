import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  hooks.configs.flat.recommended,
  a11y.flatConfigs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // One place turns model output into elements (ui/Markdown.tsx), and it never takes raw HTML.
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Raw HTML is never rendered.' },
        { selector: "MemberExpression[property.name='innerHTML']", message: 'Raw HTML is never rendered.' },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use api/client.ts: it renews the session.' }],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: '@mui/material', message: 'Import the single component: the barrel slows tests and builds.' }] },
      ],
      'jsx-a11y/no-autofocus': 'off',
    },
  },
  {
    files: ['src/api/client.ts', 'src/**/*.test.{ts,tsx}', 'src/test/**'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // Test files share one process and its modules (vite.config.ts).
    files: ['src/**/*.test.{ts,tsx}'],
    ignores: ['src/**/*.alone.test.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': ['error', { selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^(doMock|mock|resetModules)$/]", message: 'Name the file *.alone.test.ts: another module in its place would reach the tests of other files.' }],
    },
  },
  {
    files: ['scripts/**', '*.js', '*.ts'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
