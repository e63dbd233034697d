import './words';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { askCompany, company } from '../../store/company';
import { QUALITY_SECTIONS, type QualitySection } from '../../store/router';
import { Loading } from '../parts/bits';
import { lazy } from '../parts/lazy';
import { lazyPaid } from '../parts/lazypaid';
import { Sections } from '../parts/sections';

const NowPage = lazy(() => import('./now'));
const Health = lazy(() => import('./health'));
const Joins = lazy(() => import('./joins'));
const Breakdowns = lazyPaid(() => import('./breakdowns'));
const Meetings = lazyPaid(() => import('./meetings'));
const TimelinePage = lazyPaid(() => import('./timeline'));
const LegPage = lazyPaid(() => import('./leg'));
const Sites = lazyPaid(() => import('./sites'));
const Search = lazyPaid(() => import('./search'));
const Trunks = lazyPaid(() => import('./trunks'));

const TABS = QUALITY_SECTIONS.filter((one) => one !== 'legs');

/** The administrators' pages about how calls sound. */
export default function Quality({ section, id }: { section: QualitySection; id: string }) {
  const q = quality.value;
  // Days need the company's zone; without it they are the browser's.
  const asked = useSignal(company.value !== undefined);
  useEffect(() => {
    void askCompany().then(() => {
      asked.value = true;
    });
  }, []);
  return (
    <>
      <Sections
        label={q.nav}
        sections={TABS.map((one) => ({
          to: one === 'now' ? '/quality' : `/quality/${one}`,
          text: q.sections[one],
          current: one === section,
        }))}
      />
      {asked.value ? <Page key={`${section}/${id}`} section={section} id={id} /> : <Loading />}
    </>
  );
}

function Page({ section, id }: { section: QualitySection; id: string }) {
  switch (section) {
    case 'now':
      return <NowPage />;
    case 'health':
      return <Health />;
    case 'trunks':
      return <Trunks />;
    case 'joins':
      return <Joins />;
    case 'breakdowns':
      return <Breakdowns />;
    case 'meetings':
      return id ? <TimelinePage meeting={id} /> : <Meetings />;
    case 'sites':
      return <Sites />;
    case 'search':
      return <Search />;
    case 'legs':
      return <LegPage id={id} />;
  }
}
