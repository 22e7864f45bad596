//! The tables that customers are drawn from.

/// Given names of men as in the passport, each with what its bearers are called; the first are borne by most.
#[rustfmt::skip]
pub(super) const MEN: [&str; 24] = [
    "Johannes Jan Hans", "Cornelis Kees", "Hendrik Henk", "Willem Wim", "Petrus Piet Peter", "Gerrit", "Antonius Ton",
    "Jacobus Jaap", "Theodorus Theo", "Adrianus Ad", "Martinus Martin", "Nicolaas Niek", "Mohamed", "Robert Rob",
    "Thomas Tom", "Daniel Daan", "Lucas Luuk", "Sem", "Ruben", "Thijs", "Mehmet", "Sander", "Dennis", "Jeroen",
];

/// Given names of women.
#[rustfmt::skip]
pub(super) const WOMEN: [&str; 24] = [
    "Maria Ria Marijke", "Johanna Hanneke Jo", "Anna Anneke", "Cornelia Corrie", "Wilhelmina Mien Willy",
    "Hendrika Riek", "Elisabeth Els", "Catharina Toos", "Margaretha Greet", "Petronella Nel", "Jacoba Coby",
    "Helena Leny", "Monique", "Ingrid", "Esther", "Sandra", "Linda", "Sophia Sophie", "Emma", "Julia", "Fleur",
    "Sanne", "Fatima", "Femke",
];

/// What stands before a family name, and the name; the first are borne by most.
#[rustfmt::skip]
pub(super) const FAMILIES: [&str; 32] = [
    "de Jong", " Jansen", "de Vries", "van den Berg", "van Dijk", " Bakker", " Janssen", " Visser", " Smit",
    " Meijer", "de Boer", " Mulder", "de Groot", " Bos", " Vos", " Peters", " Hendriks", "van Leeuwen", " Dekker",
    " Brouwer", "de Wit", " Dijkstra", " Smits", "de Graaf", "van der Meer", " Kok", " Jacobs", "van der Linden",
    " Vermeulen", "van den Heuvel", " Schouten", " Yilmaz",
];

/// The first syllables of other family names.
#[rustfmt::skip]
pub(super) const STARTS: [&str; 18] = [
    "Kor", "Ver", "Schel", "Oud", "Nij", "Hol", "Bui", "Lan", "Ster", "Wes", "Gel", "Poel", "Tem", "Har", "Wij",
    "Rood", "Zand", "Dun",
];

/// The second syllables.
#[rustfmt::skip]
pub(super) const MIDDLES: [&str; 12] = [
    "ste", "den", "le", "ke", "ne", "ter", "me", "re", "se", "wer", "ling", "ve",
];

/// Streets.
#[rustfmt::skip]
pub(super) const STREETS: [&str; 24] = [
    "Kerkstraat", "Dorpsstraat", "Molenweg", "Schoolstraat", "Stationsweg", "Julianastraat", "Beatrixlaan",
    "Nieuwstraat", "Parallelweg", "Kastanjelaan", "Eikenlaan", "Beukenlaan", "Lindelaan", "Wilgenlaan", "Rozenstraat",
    "Tulpstraat", "Merelstraat", "Singel", "Marktstraat", "Vondelstraat", "Rembrandtlaan", "Industrieweg",
    "Polderweg", "Havenkade",
];

/// Places.
#[rustfmt::skip]
pub(super) const PLACES: [&str; 24] = [
    "Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Eindhoven", "Groningen", "Tilburg", "Almere", "Breda",
    "Nijmegen", "Apeldoorn", "Haarlem", "Arnhem", "Enschede", "Amersfoort", "Zaandam", "Zwolle", "Leiden",
    "Zoetermeer", "Leeuwarden", "Maastricht", "Dordrecht", "Ede", "Delft",
];

/// Nobody has mail there (RFC 2606).
#[rustfmt::skip]
pub(super) const DOMAINS: [&str; 5] = [
    "mail.example", "post.example", "thuis.example", "inbox.example", "kantoor.example",
];

/// Systems.
#[rustfmt::skip]
pub(super) const SOURCES: [&str; 3] = [
    "core", "crm", "web",
];

/// The last ones.
#[rustfmt::skip]
pub(super) const ENDS: [&str; 14] = [
    "brink", "kamp", "huis", "veld", "dam", "berg", "man", "steeg", "wijk", "laar", "boer", "mans", "stra", "hof",
];
