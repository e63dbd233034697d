import './words';
import { quality } from '../../i18n/quality';
import { PageTitle } from '../parts/bits';

export default function Now() {
  return <PageTitle>{quality.value.now.title}</PageTitle>;
}
