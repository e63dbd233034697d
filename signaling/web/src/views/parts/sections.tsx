import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { known } from '../../store/session';
import { Link } from './link';

interface Section {
  to: string;
  text: string;
  current: boolean;
  /** Things that wait there. */
  badge?: number;
}

/** The pages that belong together, one beside the other. */
export function Sections({ label, sections }: { label: string; sections: readonly Section[] }) {
  const nav = useRef<HTMLElement>(null);
  const at = sections.findIndex((one) => one.current);
  useEffect(() => {
    // Narrow screens show a few of them at a time.
    const here = nav.current?.querySelector('[aria-current]');
    here?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [at]);
  return (
    <nav ref={nav} class="sections" aria-label={label}>
      {sections.map((one) => (
        <Link key={one.to} to={one.to} class="section-link" current={one.current}>
          {one.text}
          {one.badge ? <span class="badge">{one.badge}</span> : null}
        </Link>
      ))}
    </nav>
  );
}

/** The pages about meetings and being reminded of them. */
export function PlanSections({ here }: { here: 'home' | 'calendar' | 'reminders' | 'announce' }) {
  const t = messages.value.nav;
  const admin = known.value.state === 'in' && known.value.session.person.admin;
  const pages = [
    ['home', '/', t.start],
    ['calendar', '/calendar', t.calendar],
    ['reminders', '/reminders', t.reminders],
    ...(admin ? [['announce', '/announce', t.announce] as const] : []),
  ] as const;
  return (
    <Sections
      label={t.plan}
      sections={pages.map(([page, to, text]) => ({ to, text, current: page === here }))}
    />
  );
}
