import { effect } from '@preact/signals';
import { render } from 'preact';
import './views/styles/index.css';
import { speak, speaking } from './i18n';
import { askSession } from './store/session';
import { settings } from './store/settings';
import { App } from './views/app';

const root = document.documentElement;

effect(() => {
  const theme = settings.theme.value;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
});

const app = document.getElementById('app');
// The session's language is known before the first paint where that is quick.
await Promise.race([askSession(), new Promise((resolve) => setTimeout(resolve, 400))]);
await speak(settings.language.value);
effect(() => {
  void speak(settings.language.value);
});
effect(() => {
  root.lang = speaking.value;
});
if (app) render(<App />, app);
