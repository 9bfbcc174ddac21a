import Box from '@mui/material/Box';
import { type ComponentProps, createContext, memo, use } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';

import '../i18n/pages';
import { useTranslation } from '../i18n/use';

/**
 * The only place where text that a model, a card or another person wrote becomes elements. HTML in it stays text, the tree is then cut down to the elements below, and nothing in it can load: pictures become their
 * description with a link, and links open only in a window that knows nothing of this one.
 */
const schema: ComponentProps<typeof ReactMarkdown>['rehypePlugins'] = [
  [
    rehypeSanitize,
    {
      ...defaultSchema,
      tagNames: [
        'a', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'img', 'li', 'ol', 'p', 'pre',
        'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
      ],
      attributes: { a: ['href'], img: ['src', 'alt'], ol: ['start'], th: ['align'], td: ['align'] },
      protocols: { href: ['http', 'https', 'mailto'], src: ['http', 'https'] },
      strip: ['script', 'style'],
    },
  ],
];

/** Absolute web or mail addresses only: a relative one in a model's text would act on this server. */
export function safeHref(href: unknown): string | undefined {
  if (typeof href !== 'string' || !/^(https?:\/\/|mailto:)/i.test(href)) return undefined;
  try {
    const url = new URL(href);
    if (!['http:', 'https:', 'mailto:'].includes(url.protocol) || url.origin === globalThis.location.origin) return undefined;
    return url.href;
  } catch {
    return undefined;
  }
}

const InLink = createContext(false);

function ExternalLink({ href, children }: { href: unknown; children: React.ReactNode }) {
  const inLink = use(InLink);
  const safe = safeHref(href);
  // A link in a link (a picture with an address) is no HTML: the outer one holds.
  if (safe === undefined || inLink) return <span>{children}</span>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow" referrerPolicy="no-referrer">
      <InLink value>{children}</InLink>
    </a>
  );
}

function ImageAsText({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const { t } = useTranslation();
  return <ExternalLink href={src}>{t('chat.image', { alt: alt ?? '' })}</ExternalLink>;
}

const components: Components = {
  a: ({ href, children }) => <ExternalLink href={href}>{children}</ExternalLink>,
  img: ({ src, alt }) => <ImageAsText src={src} alt={alt} />,
  // A heading in an answer must not disturb the outline of the page.
  h1: ({ children }) => <p className="heading">{children}</p>,
  h2: ({ children }) => <p className="heading">{children}</p>,
  h3: ({ children }) => <p className="heading">{children}</p>,
  h4: ({ children }) => <p className="heading">{children}</p>,
  h5: ({ children }) => <p className="heading">{children}</p>,
  h6: ({ children }) => <p className="heading">{children}</p>,
  pre: ({ children }) => (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide block scrolls, so the keyboard must reach it
    <pre tabIndex={0}>{children}</pre>
  ),
  table: ({ children }) => (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
    <div className="table" tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  ),
};

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** HTML is shown as it was written: whoever reads sees what the model said, and nothing of it is an element. */
function htmlAsText() {
  const walk = (node: Node, inline: boolean): void => {
    node.children = node.children?.map((child) => {
      if (child.type !== 'html') {
        walk(child, ['paragraph', 'heading', 'emphasis', 'strong', 'delete', 'link', 'linkReference', 'tableCell'].includes(child.type));
        return child;
      }
      const text: Node = { type: 'text', value: child.value ?? '' };
      return inline ? text : { type: 'paragraph', children: [text] };
    });
  };
  return (tree: Node): void => {
    walk(tree, false);
  };
}

const remarkPlugins: ComponentProps<typeof ReactMarkdown>['remarkPlugins'] = [remarkGfm, htmlAsText];

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <Box
      sx={{
        '& > :first-of-type': { mt: 0 },
        '& > :last-child': { mb: 0 },
        '& p': { my: 1 },
        '& .heading': { fontWeight: 700 },
        '& ul, & ol': { pl: 3, my: 1 },
        '& blockquote': { m: 0, my: 1, pl: 2, borderLeft: '3px solid', borderColor: 'divider', color: 'text.secondary' },
        '& pre': { p: 1.5, my: 1.5, borderRadius: '10px', bgcolor: 'sunken.main', overflowX: 'auto', fontSize: '0.875rem', lineHeight: 1.5 },
        '& code': { fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace', fontSize: '0.9em' },
        '& :not(pre) > code': { bgcolor: 'sunken.main', px: 0.6, py: 0.2, borderRadius: '5px' },
        '& .table': { overflowX: 'auto', my: 1.5 },
        '& table': { borderCollapse: 'collapse' },
        '& th, & td': { border: '1px solid', borderColor: 'divider', px: 1.2, py: 0.5, textAlign: 'left' },
        '& a': { color: 'primary.main', textUnderlineOffset: '3px' },
        '& hr': { border: 0, borderTop: '1px solid', borderColor: 'divider', my: 2 },
      }}
    >
      <ReactMarkdown remarkPlugins={remarkPlugins} rehypePlugins={schema} components={components} urlTransform={(url) => url}>
        {text}
      </ReactMarkdown>
    </Box>
  );
});
