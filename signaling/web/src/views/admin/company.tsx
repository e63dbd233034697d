import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { paid } from '../../i18n/paid';
import { waiting } from '../../store/approvals';
import { askCompany, company } from '../../store/company';
import { SECTIONS, type Section } from '../../store/router';
import { Loading } from '../parts/bits';
import { lazy } from '../parts/lazy';
import { Link } from '../parts/link';

const AllCalls = lazy(() => import('./allcalls'));
const Costs = lazy(() => import('./costs'));
const Budgets = lazy(() => import('./budgets'));
const Trunks = lazy(() => import('./trunks'));
const TrunkForm = lazy(() => import('./trunk'));
const Rates = lazy(() => import('./rates'));
const DeckPage = lazy(() => import('./deck'));
const Brakes = lazy(() => import('./brakes'));
const Approvals = lazy(() => import('./approvals'));
const Audit = lazy(() => import('./audit'));

/** The administrators' pages about calls and money. */
export default function Company({ section, id }: { section: Section; id: string }) {
  const p = paid.value.admin;
  const sections = useRef<HTMLElement>(null);
  // Days and amounts need its zone and currency; without them they are the browser's.
  const asked = useSignal(company.value !== undefined);
  useEffect(() => {
    void askCompany().then(() => {
      asked.value = true;
    });
  }, []);
  useEffect(() => {
    // Narrow screens show a few of them at a time.
    const here = sections.current?.querySelector('[aria-current]');
    here?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [section]);
  return (
    <>
      <nav ref={sections} class="sections" aria-label={p.nav}>
        {SECTIONS.map((one) => (
          <Link key={one} to={`/company/${one}`} class="section-link" current={one === section}>
            {p.sections[one]}
            {one === 'approvals' && waiting.value > 0 && <span class="badge">{waiting.value}</span>}
          </Link>
        ))}
      </nav>
      {asked.value ? <Page key={`${section}/${id}`} section={section} id={id} /> : <Loading />}
    </>
  );
}

function Page({ section, id }: { section: Section; id: string }) {
  switch (section) {
    case 'calls':
      return <AllCalls />;
    case 'costs':
      return <Costs />;
    case 'budgets':
      return <Budgets />;
    case 'trunks':
      return id ? <TrunkForm name={id === 'new' ? '' : id} /> : <Trunks />;
    case 'rates':
      return id ? <DeckPage version={id} /> : <Rates />;
    case 'brakes':
      return <Brakes />;
    case 'approvals':
      return <Approvals />;
    case 'audit':
      return <Audit />;
  }
}
