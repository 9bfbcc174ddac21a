import ember from '../../assets/portraits/ember.svg';
import grove from '../../assets/portraits/grove.svg';
import tide from '../../assets/portraits/tide.svg';

/** Our own drawings for the companions that come with the server, by name in lower case. */
export const bundledPortraits: Record<string, string> = { ember, grove, tide };
