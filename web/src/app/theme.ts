import { createTheme } from '@mui/material/styles';

const sans =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Noto Sans JP", "Hiragino Sans", sans-serif';
export const serif =
  '"Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", Georgia, "Noto Serif JP", "Hiragino Mincho ProN", serif';

declare module '@mui/material/styles' {
  interface Palette {
    bubble: { main: string; text: string };
    sunken: { main: string };
  }
  interface PaletteOptions {
    bubble?: { main: string; text: string };
    sunken?: { main: string };
  }
}

/** Warm paper and ember: one accent, quiet surfaces. Every text/ground pair here is at least 4.5:1. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#9c4228', dark: '#7e331d', contrastText: '#fffaf4' },
        secondary: { main: '#4a6650', contrastText: '#ffffff' },
        error: { main: '#a5262f' },
        warning: { main: '#8a5a00' },
        success: { main: '#2f6b3f' },
        info: { main: '#4a6650' },
        background: { default: '#faf6f0', paper: '#fffdfa' },
        text: { primary: '#2b2420', secondary: '#685c53' },
        divider: '#e7ddd1',
        bubble: { main: '#f3e3d6', text: '#2f241d' },
        sunken: { main: '#f4ede4' },
      },
    },
    dark: {
      palette: {
        primary: { main: '#f0a878', dark: '#e08f5b', contrastText: '#2a1508' },
        secondary: { main: '#a8c5a5', contrastText: '#12210f' },
        error: { main: '#ff9d94' },
        warning: { main: '#f0c274' },
        success: { main: '#9fd3a5' },
        info: { main: '#a8c5a5' },
        background: { default: '#171412', paper: '#201c19' },
        text: { primary: '#f1eae2', secondary: '#b8ab9e' },
        divider: '#3a332d',
        bubble: { main: '#3c2c22', text: '#f6ece3' },
        sunken: { main: '#120f0d' },
      },
    },
  },
  shape: { borderRadius: 14 },
  typography: {
    fontFamily: sans,
    button: { textTransform: 'none', fontWeight: 600, letterSpacing: 0 },
    h1: { fontFamily: serif, fontSize: 'clamp(1.55rem, 1.25rem + 1.2vw, 2.05rem)', fontWeight: 600, lineHeight: 1.2 },
    h2: { fontFamily: serif, fontSize: '1.35rem', fontWeight: 600, lineHeight: 1.3 },
    h3: { fontFamily: serif, fontSize: '1.12rem', fontWeight: 600, lineHeight: 1.35 },
    body1: { fontSize: '1rem', lineHeight: 1.6 },
    body2: { fontSize: '0.9rem', lineHeight: 1.55 },
    caption: { fontSize: '0.8rem', lineHeight: 1.45 },
  },
  components: {
    MuiButtonBase: {
      defaultProps: { disableRipple: true },
      styleOverrides: {
        root: ({ theme: t }) => ({
          '&.Mui-focusVisible': { outline: `3px solid ${t.vars.palette.primary.main}`, outlineOffset: 2 },
        }),
      },
    },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: { root: { borderRadius: 999, paddingInline: 20, minHeight: 42 } },
    },
    MuiIconButton: { styleOverrides: { root: { minWidth: 40, minHeight: 40 } } },
    MuiInputBase: { styleOverrides: { input: ({ theme: t }) => ({ '&::placeholder': { color: t.vars.palette.text.secondary, opacity: 1 } }) } },
    MuiToggleButton: {
      styleOverrides: {
        root: ({ theme: t }) => ({
          textTransform: 'none',
          minHeight: 40,
          paddingInline: 16,
          color: t.vars.palette.text.primary,
          '&.Mui-selected, &.Mui-selected:hover': { backgroundColor: t.vars.palette.bubble.main, color: t.vars.palette.bubble.text },
        }),
      },
    },
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiCssBaseline: {
      styleOverrides: (t) => ({
        'html, body, #root': { height: '100%' },
        body: { overflowWrap: 'anywhere' },
        ':focus-visible': { outline: `3px solid ${t.vars.palette.primary.main}`, outlineOffset: 2 },
        'h1:focus, main:focus': { outline: 'none' },
        '::selection': { background: t.vars.palette.primary.main, color: t.vars.palette.primary.contrastText },
        '@media (prefers-reduced-motion: reduce)': {
          '*, *::before, *::after': {
            animationDuration: '0.01ms !important',
            animationIterationCount: '1 !important',
            transitionDuration: '0.01ms !important',
            scrollBehavior: 'auto !important',
          },
        },
        'html[data-motion="less"] *, html[data-motion="less"] *::before, html[data-motion="less"] *::after': {
          animationDuration: '0.01ms !important',
          animationIterationCount: '1 !important',
          transitionDuration: '0.01ms !important',
          scrollBehavior: 'auto !important',
        },
      }),
    },
  },
});
