/** Names in place of their macros, as a conversation will have them. */
export const filledIn = (text: string, char: string, user: string): string => text.replaceAll(/\{\{char\}\}|<BOT>/gi, () => char).replaceAll(/\{\{user\}\}|<USER>/gi, () => user);
