import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { messages } from '../i18n';
import { waiting } from '../store/approvals';
import { route } from '../store/router';
import { known, logOut } from '../store/session';
import { chooseLanguage, settings, type Theme } from '../store/settings';
import type { Language, Person } from '../wire/api';
import { Avatar } from './parts/bits';
import { Button } from './parts/button';
import { Icon, type IconName, Logo } from './parts/icons';
import { Link } from './parts/link';

/** Language and appearance: what anybody may choose on any page. */
export function Preferences() {
  const t = messages.value;
  return (
    <div class="preferences">
      <label class="mini-select">
        <Icon name="globe" size={16} />
        <span class="offscreen">{t.nav.language}</span>
        <select
          value={settings.language.value}
          onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}
        >
          <option value="en">English</option>
          <option value="zh-CN">简体中文</option>
        </select>
      </label>
      <label class="mini-select">
        <Icon name="sun" size={16} />
        <span class="offscreen">{t.nav.theme}</span>
        <select
          value={settings.theme.value}
          onChange={(event) => {
            settings.theme.value = event.currentTarget.value as Theme;
          }}
        >
          <option value="system">{t.nav.themes.system}</option>
          <option value="light">{t.nav.themes.light}</option>
          <option value="dark">{t.nav.themes.dark}</option>
        </select>
      </label>
    </div>
  );
}

/** The frame of the pages for people who are logged in. */
export function Shell({ person, children }: { person: Person; children: ComponentChildren }) {
  const t = messages.value;
  const page = route.value.page;
  const company = known.value.state === 'in' ? known.value.session.company : '';
  const entries: { to: string; text: string; icon: IconName; current: boolean; badge?: number }[] = [
    {
      to: '/',
      text: t.nav.home,
      icon: 'calendar',
      current: ['home', 'meeting', 'calendar', 'schedule', 'reschedule', 'reminders', 'announce'].includes(
        page,
      ),
    },
    {
      to: '/calls',
      text: t.nav.calls,
      icon: 'phone',
      current: ['calls', 'call', 'contacts', 'dial', 'batch', 'looks'].includes(page),
    },
    ...(person.admin
      ? [
          { to: '/people', text: t.nav.people, icon: 'people' as const, current: page === 'people' },
          {
            to: waiting.value > 0 ? '/company/approvals' : '/company/calls',
            text: t.nav.company,
            icon: 'coins' as const,
            current: page === 'company',
            badge: waiting.value,
          },
          { to: '/quality', text: t.nav.quality, icon: 'chart' as const, current: page === 'quality' },
        ]
      : []),
  ];
  useEffect(() => {
    let stop: (() => void) | undefined;
    let here = true;
    void import('../store/feed').then(({ follow }) => {
      if (here) stop = follow(person.admin);
    });
    return () => {
      here = false;
      stop?.();
    };
  }, [person.id, person.admin]);
  return (
    <div class="shell">
      <header class="top">
        <div class="top-inner">
          <Link to="/" class="brand">
            <Logo />
            <span class="brand-name">{t.common.partyline}</span>
            {company && <span class="brand-company">{company}</span>}
          </Link>
          <nav aria-label={t.nav.main} class="top-nav">
            {entries.map((entry) => (
              <Link key={entry.to} to={entry.to} class="top-link" current={entry.current}>
                <Icon name={entry.icon} size={18} />
                <span>{entry.text}</span>
                {entry.badge ? (
                  <span class="badge" data-testid="approvals-badge">
                    <span aria-hidden="true">{entry.badge}</span>
                    <span class="offscreen"> · {t.nav.waiting(entry.badge)}</span>
                  </span>
                ) : null}
              </Link>
            ))}
            <Link to="/me" class="top-link me" current={page === 'me'}>
              <Avatar name={person.name} size="small" />
              <span class="top-name">{person.name}</span>
              <span class="offscreen"> · {t.nav.me}</span>
            </Link>
            <Button tone="quiet" icon="logOut" iconOnly onClick={() => void logOut()}>
              {t.nav.logOut}
            </Button>
          </nav>
        </div>
      </header>
      <main id="content" class="page">
        {children}
      </main>
      <footer class="foot">
        <Preferences />
      </footer>
    </div>
  );
}

/** The frame of the pages for people who are not, or not yet, logged in. */
export function Plain({ children, wide }: { children: ComponentChildren; wide?: boolean }) {
  const t = messages.value;
  return (
    <div class="shell plain">
      <header class="plain-top">
        <span class="brand">
          <Logo />
          <span class="brand-name">{t.common.partyline}</span>
        </span>
      </header>
      <main id="content" class={wide ? 'plain-main wide' : 'plain-main'}>
        {children}
      </main>
      <footer class="foot">
        <Preferences />
      </footer>
    </div>
  );
}
