/**
 * About how many tokens a text is, before a model has counted: four letters of an alphabet, or one character of Chinese, Japanese
 * or Korean. Good to a fifth for prose; said with "about".
 */
export function about(text: string): number {
  let wide = 0;
  let narrow = 0;
  for (const letter of text) {
    if (/[\u1100-\u11FF\u2E80-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\u{20000}-\u{3FFFF}]/u.test(letter)) wide += 1;
    else narrow += 1;
  }
  return Math.ceil(wide + narrow / 4);
}
