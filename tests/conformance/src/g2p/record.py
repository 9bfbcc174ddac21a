#!/usr/bin/env python3
"""Writes plain.jsonl: sentences of our own and the phonemes that hibari-tts 0.2.1 gives for them; and into homographs.jsonl, beside
what a dictionary says ("phonemes"), what it gives for that word ("package").

    record.py [--check]        needs the Python packages hibari-tts==0.2.1 and onnxruntime

Most sentences come from the frames below, filled (by a fixed seed) with names, rare words and inflections; the rest are
written out in sentences.txt.
"""
import json
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
WANTED = 2400

NAMES = """Abigail Adelheid Alistair Amara Anneliese Anselm Antonia Aoife Arabella Archibald Astrid Aurelio Barnaby Beatrix Benedict Bettina
Bianca Bohdan Brigid Caleb Camille Casimir Cecily Chidi Clementine Cormac Cosima Cressida Dagmar Darius Delphine Desmond Dmitri Dorothea Eamon
Edmund Eilidh Elowen Emeka Enid Esperanza Ezekiel Fatima Felicity Ferdinand Fiona Florian Freya Gareth Genevieve Gideon Giuseppe Greta
Guinevere Gunther Harriet Hiroshi Horatio Hyacinth Ignatius Imogen Ingrid Isolde Jasper Jemima Joaquin Josephine Kazimir Keiko Kwame Lachlan
Leopold Lorelei Lucinda Magnolia Malachi Marguerite Matilda Maximilian Meredith Montgomery Nadezhda Nkechi Octavia Olamide Ottoline Penelope
Percival Persephone Philippa Quentin Rajesh Rosalind Rowena Rufus Saoirse Sebastian Seraphina Siobhan Solveig Sunniva Svetlana Tabitha
Thaddeus Theodora Tobias Ulrich Valentina Vivienne Wilhelmina Winifred Xander Yevgeny Yolanda Zachary Zenobia""".split()
SURNAMES = """Abernathy Applegate Beaumont Blackwood Bjornsson Caldwell Carmichael Castellanos Chatterjee Cholmondeley Dalrymple Delacroix
Dubrovnik Eberhardt Etchebarne Fairweather Featherstone Fitzgerald Gallagher Goldschmidt Grzybowski Halvorsen Hathaway Hollingsworth Iwashita
Jankowski Kaminski Karunaratne Kowalczyk Lindqvist Llewellyn MacGregor Mbeki McAllister Montague Nakamura Nightingale O'Brien O'Callaghan
Okonkwo Oyelaran Papadopoulos Pemberton Quartermaine Ramaswamy Rasmussen Rodriguez Rutherford Satterfield Schopenhauer Siddiqui Srinivasan
Thackeray Throckmorton Underhill Vandenberg Villanueva Wainwright Weatherby Wojciechowski Worthington Yamashita Zimmerman""".split()
PLACES = """Aberystwyth Addis Adelaide Albuquerque Antananarivo Bangalore Barcelona Belgrade Bratislava Budapest Caracas Casablanca Cincinnati
Copenhagen Cordoba Dubrovnik Edinburgh Flagstaff Gdansk Gothenburg Guadalajara Helsinki Honolulu Innsbruck Istanbul Jakarta Kathmandu Kilimanjaro
Lausanne Ljubljana Louisville Luxembourg Madagascar Marrakesh Melbourne Minneapolis Montevideo Nairobi Novosibirsk Oaxaca Oslo Palermo
Patagonia Philadelphia Poughkeepsie Reykjavik Rotterdam Samarkand Sarajevo Saskatchewan Schenectady Sevilla Tallinn Tanzania Tbilisi Timbuktu
Transylvania Tuscaloosa Ulaanbaatar Valparaiso Vladivostok Winnipeg Yosemite Yucatan Zanzibar Zurich""".split()
# Rare words, chosen from many fields; plurals, pasts and -ing forms are made of them.
THINGS = """abacus accordion aqueduct archipelago armadillo artichoke asparagus astrolabe avalanche bagpipe balustrade bandicoot barometer
bassoon bayonet belfry binnacle blunderbuss bobbin boulder brazier bungalow buttress caboose cadenza calliope cantaloupe carburetor cardigan carousel
casserole catacomb catapult cathedral cauldron cello chalice chandelier charlatan chrysalis chrysanthemum cistern clarinet cobbler cockatoo
compass concertina conservatory cormorant cornice cravat crescent crucible cummerbund dandelion daguerreotype dirigible drawbridge dulcimer
dungeon dynamo eggplant escarpment espresso eucalyptus fiddle filament flamingo flotilla foxglove fresco gargoyle gazebo gazelle geyser
glacier gladiolus goblet gondola grapefruit greenhouse grotto gyroscope hammock harmonica harpsichord hedgehog heirloom hemlock hibiscus
hippopotamus hourglass hydrangea icicle iguana isthmus jackdaw javelin jellyfish kaleidoscope kayak kestrel kettledrum kiosk labyrinth lantern
larkspur lectern leopard lighthouse limerick locomotive lozenge lullaby macaroon magnifier mandolin mannequin manuscript marigold marionette
meadowlark metronome microscope milliner minaret mongoose monocle mosaic mulberry narwhal nectarine nightingale notebook oboe obelisk
observatory octopus omelet orchard orchid oscilloscope ottoman pamphlet panther papyrus parachute parakeet parchment pavilion pedestal pelican
pendulum penknife periscope persimmon philharmonic physicist piccolo pineapple planetarium platypus pomegranate porcupine portmanteau
promontory pumpkin quagmire quilt quiver rapier raspberry reservoir rhinoceros rhododendron rhubarb rosary saffron salamander sapphire
sarcophagus satchel saxophone scaffold scallop scarecrow sculpture seismograph sextant silhouette skeleton snapdragon sonnet spatula
spectacle spindle staircase stalactite stethoscope submarine sundial sycamore tabernacle tambourine tangerine tapestry telescope tercet
terrarium thermometer thimble tortoise trapeze trellis trombone truffle turbine turnip typewriter ukulele umbrella unicorn vanguard velvet
veranda vestibule viaduct violin volcano walrus waterfall weathervane wheelbarrow whirlpool wigwam windmill wisteria woodpecker xylophone
yacht yurt zeppelin zither""".split()
DEEDS = """admire adorn amplify assemble astonish baffle banish barter bewilder blanch bolster broach burnish cajole calibrate carve catalogue
celebrate cherish chisel circumvent coax concoct conjure contemplate convince crochet decipher decorate dismantle dismiss embellish emulate enchant
engrave enlarge examine exasperate excavate exhume explore fasten fathom fetch flatter fumble galvanize garnish gather glimpse grapple harvest
haul hoard illuminate imitate improvise inspect jostle juggle kindle languish lather launch linger lubricate magnify marinate measure mend
mention navigate negotiate notice nurture obscure observe orchestrate outwit overlook paint pamper patch perplex photograph pickle plunder ponder
praise preserve procure puzzle question quench rearrange recognize reconcile rehearse relinquish renovate rescue resemble restore retrieve
salvage scrub scrutinize sharpen shatter sketch skim smuggle sniff soothe squander startle stitch stumble surprise swap tarnish tickle
topple transcribe translate unearth unfold unravel varnish visit whisk witness wrangle yank""".split()
QUALITIES = """abundant acrid agile aloof ancient arduous audacious bashful benevolent bleak boisterous brittle bulbous candid cantankerous capricious
clumsy colossal crimson cumbersome dainty dazzling dexterous diaphanous dilapidated drowsy dusty eccentric effervescent elusive emerald enormous
ephemeral exquisite extravagant fastidious feeble ferocious fickle flamboyant florid fragile frivolous frugal garrulous gaudy ghastly gigantic
glorious gnarled gregarious gruesome haughty hideous humble idiosyncratic idle immaculate impetuous incandescent indigo inquisitive intricate
jovial juicy lackadaisical languid lavish lopsided ludicrous luminous magnanimous majestic meager melancholy meticulous mischievous musty
nebulous nimble nonchalant obstinate opulent ornate pallid peculiar pensive picturesque placid pompous precarious pristine pungent quaint
querulous quixotic radiant raucous resilient rickety rustic sardonic scarlet serene shabby shimmering slender sluggish solemn somber
spacious splendid stalwart sturdy sumptuous surly tedious tenacious timid tranquil translucent treacherous turbulent ubiquitous unkempt
unwieldy vehement venerable verdant vibrant vigorous vivacious voracious weary whimsical wistful wooden zealous""".split()
MANNERS = """absentmindedly apologetically awkwardly breathlessly carefully cautiously cheerfully curiously deliberately diligently eagerly earnestly
enthusiastically faithfully ferociously foolishly gingerly gracefully grudgingly hastily hesitantly hungrily impatiently indignantly jokingly
knowingly lazily mechanically mysteriously nervously obediently painstakingly patiently playfully politely quietly quizzically reluctantly
rhythmically sheepishly silently skillfully solemnly stubbornly suspiciously tenderly thoughtfully tirelessly unexpectedly vaguely
valiantly warily whimsically wholeheartedly zealously""".split()

FRAMES = [
    "{Name} {deed:ed} the {quality} {thing} that {name} hadn't {deed:ed}.",
    "We've never seen {a:quality} {thing} as {quality} as {name}'s.",
    "If you'd {deed:ed} the {thing}, {name} {surname} wouldn't be {deed:ing} it now.",
    "{manner:cap}, the {surname}s {deed:ed} every {thing} in {place}.",
    "Who's going to {deed} all those {quality} {thing:s} before {name} arrives?",
    "{Name} {surname} {deed:s} {thing:s} and {deed:s} {thing:s}, but she doesn't {deed} people.",
    "There's {a:quality} {thing} behind the {thing}, isn't there?",
    "They're {manner} {deed:ing} {a:quality} {thing} for the museum in {place}.",
    "I'll {deed} your {thing} if you'll {deed} {name}'s {thing}.",
    "\"It isn't {a:quality} {thing},\" said {name}, \"it's {a:quality} {thing}.\"",
    "Nobody in {place} {deed:ed} {thing:s} as {manner} as old {surname} did.",
    "The {thing}'s {quality} colors {deed:ed} the {quality} children.",
    "She couldn't help {deed:ing} the {quality}, almost {quality} {thing}.",
    "After {deed:ing} the {thing}, he {manner} {deed:ed} another {thing}.",
    "Don't {deed} the {thing:s}; they're far too {quality}.",
    "{Name} and {name} shouldn't've {deed:ed} that {quality} {thing}.",
    "What a {thing}! You've {deed:ed} it so {manner}.",
    "My grandmother's {thing} was {quality}, {quality} and quite {quality}.",
    "Has {name} ever {deed:ed} {a:thing} near {place}?",
    "The road to {place} passes {a:quality} {thing}, a {thing} and two {quality} {thing:s}.",
    "\"Let's {deed} it,\" {name} whispered {manner}.",
    "You're {deed:ing} the wrong {thing} again, aren't you, {name}?",
    "Somebody's {deed:ed} the {surname}s' {thing}, and it wasn't {name}.",
    "He'd rather {deed} {thing:s} in {place} than {deed} {thing:s} at home.",
    "Each {thing} {deed:s} the {quality} {thing} beside it.",
    "That'll {deed} the {quality} professor from {place}.",
    "{Name} won't say who {deed:ed} the {thing} - only that it looked {quality}.",
    "We were {deed:ing} {thing:s} while {name} {manner} {deed:ed} the {thing}.",
    "It'd be {quality} of you to {deed} {name}'s {quality} {thing}.",
    "The {quality}-looking {thing} (the one {name} {deed:ed}) has vanished.",
    "Ask {name} {surname}: she's {deed:ed} more {thing:s} than anyone in {place}.",
    "Neither the {thing} nor the {thing} had been {deed:ed} {manner}.",
]


def past(verb):
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in ("skim", "scrub", "outwit", "swap") else "") + "ed"


def gerund(verb):
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in ("skim", "scrub", "outwit", "swap") else "") + "ing"


def with_s(word):
    if word.endswith(("s", "x", "ch", "sh", "z")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def filled(frame, pick):
    lists = {"name": NAMES, "surname": SURNAMES, "place": PLACES, "thing": THINGS, "deed": DEEDS, "quality": QUALITIES, "manner": MANNERS}

    def slot(match):
        article, kind, form = match[1], match[2], match[3]
        word = pick.choice(lists[kind.lower()])
        word = {"ed": past, "ing": gerund, "s": with_s, "cap": str.capitalize}.get(form, lambda w: w)(word)
        return (article_of(word) if article else "") + word

    text = re.sub(r"\{(a:)?(\w+)(?::(\w+))?\}", slot, frame)
    return text[0].upper() + text[1:]


def article_of(word):
    sounds_as_vowel = word.startswith(("hour", "heir")) or (word[0] in "aeiou" and not word.startswith(("uni", "eu", "ubi", "uku")))
    return "an " if sounds_as_vowel else "a "


def sentences():
    pick = random.Random(20261121)
    seen = set()
    for line in (HERE / "sentences.txt").read_text().splitlines():
        if line.strip() and line not in seen:
            seen.add(line)
            yield line
    for i in range(10**6):
        text = filled(FRAMES[i % len(FRAMES)], pick)
        if text not in seen:
            seen.add(text)
            yield text


def of_the_word(phonemes, text, word):
    """Its part of a sentence's phonemes, which hold one piece for each word here."""
    spoken = [piece for piece in phonemes.split() if any(letter.isalpha() for letter in piece)]
    words = [each.lower() for each in re.findall(r"[\w'’-]+", text)]
    assert len(words) == len(spoken), text
    return spoken[words.index(word.lower())].strip(".,!?;:\"“”—()")


def main():
    from hibari.g2p import G2P

    read, rows = G2P(), []
    homographs = HERE / "homographs.jsonl"
    judged = [json.loads(line) for line in homographs.read_text().splitlines()]
    told = "".join(json.dumps(row | {"package": of_the_word(read(row["text"]), row["text"], row["word"])}, ensure_ascii=False) + "\n" for row in judged)
    for text in sentences():
        rows.append({"id": f"plain-{len(rows) + 1:04}", "text": text, "phonemes": read(text)})
        if len(rows) == WANTED:
            break
    written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file = HERE / "plain.jsonl"
    if "--check" in sys.argv:
        sys.exit(0 if file.read_text() == written and homographs.read_text() == told else "plain.jsonl or homographs.jsonl is not what hibari-tts gives")
    file.write_text(written)
    homographs.write_text(told)


if __name__ == "__main__":
    main()
