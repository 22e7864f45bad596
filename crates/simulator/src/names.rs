//! The tables that people are put together from.

/// A given name as in the passport, and as its bearer is called.
pub(crate) struct GivenName {
    /// As in the passport.
    pub(crate) official: &'static str,
    /// The roepnaam.
    pub(crate) called: &'static str,
}

/// A family name and what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FamilyName {
    /// The tussenvoegsel; may be empty.
    pub(crate) prefix: &'static str,
    /// The name itself.
    pub(crate) name: &'static str,
}

/// A city and the range of its postal codes' digits.
pub(crate) struct City {
    /// Its name.
    pub(crate) name: &'static str,
    /// The lowest digits.
    pub(crate) low: u16,
    /// The highest digits.
    pub(crate) high: u16,
}

const fn given(official: &'static str, called: &'static str) -> GivenName {
    GivenName { official, called }
}

const fn family(prefix: &'static str, name: &'static str) -> FamilyName {
    FamilyName { prefix, name }
}

const fn city(name: &'static str, low: u16, high: u16) -> City {
    City { name, low, high }
}

/// Given names of men.
#[rustfmt::skip]
pub(crate) const MEN: &[GivenName] = &[
    given("Johannes", "Jan"), given("Johannes", "Hans"), given("Johannes", "Joop"), given("Petrus", "Piet"),
    given("Petrus", "Peter"), given("Cornelis", "Kees"), given("Cornelis", "Cor"), given("Hendrik", "Henk"),
    given("Wilhelmus", "Wim"), given("Willem", "Willem"), given("Gerardus", "Gerard"), given("Gerrit", "Gert"),
    given("Antonius", "Ton"), given("Antonius", "Toon"), given("Franciscus", "Frans"), given("Jacobus", "Jaap"),
    given("Jacobus", "Koos"), given("Theodorus", "Theo"), given("Adrianus", "Ad"), given("Martinus", "Martin"),
    given("Nicolaas", "Klaas"), given("Albertus", "Bert"), given("Lambertus", "Bart"), given("Robert", "Rob"),
    given("Marcus", "Mark"), given("Dirk", "Dirk"), given("Dennis", "Dennis"), given("Jeroen", "Jeroen"),
    given("Thomas", "Tom"), given("Daniel", "Daan"), given("Lucas", "Luuk"), given("Sem", "Sem"),
    given("Milan", "Milan"), given("Levi", "Levi"), given("Ruben", "Ruben"), given("Thijs", "Thijs"),
    given("Mohammed", "Mo"), given("Mehmet", "Mehmet"), given("Youssef", "Youssef"), given("Sander", "Sander"),
];

/// Given names of women.
#[rustfmt::skip]
pub(crate) const WOMEN: &[GivenName] = &[
    given("Maria", "Marja"), given("Maria", "Ria"), given("Maria", "Mieke"), given("Johanna", "Joke"),
    given("Johanna", "Annie"), given("Anna", "Anja"), given("Anna", "An"), given("Cornelia", "Corrie"),
    given("Wilhelmina", "Willy"), given("Hendrika", "Riek"), given("Elisabeth", "Els"), given("Elisabeth", "Lies"),
    given("Catharina", "Trudy"), given("Catharina", "Karin"), given("Margaretha", "Greet"), given("Petronella", "Nel"),
    given("Adriana", "Jana"), given("Jacoba", "Coby"), given("Theodora", "Thea"), given("Helena", "Leny"),
    given("Geertruida", "Truus"), given("Monique", "Monique"), given("Marianne", "Marianne"), given("Ingrid", "Ingrid"),
    given("Esther", "Esther"), given("Sandra", "Sandra"), given("Linda", "Linda"), given("Saskia", "Saskia"),
    given("Sophia", "Sophie"), given("Emma", "Emma"), given("Julia", "Juul"), given("Eva", "Eva"),
    given("Fleur", "Fleur"), given("Lotte", "Lot"), given("Sanne", "Sanne"), given("Femke", "Femke"),
    given("Fatima", "Fatima"), given("Aylin", "Aylin"), given("Noor", "Noor"), given("Tessa", "Tess"),
];

/// Family names, about half of them with something before them.
#[rustfmt::skip]
pub(crate) const FAMILIES: &[FamilyName] = &[
    family("", "Jansen"), family("", "Janssen"), family("", "Bakker"), family("", "Visser"), family("", "Smit"),
    family("", "Meijer"), family("", "Meyer"), family("", "Mulder"), family("", "Bos"), family("", "Vos"),
    family("", "Peters"), family("", "Hendriks"), family("", "Dekker"), family("", "Brouwer"), family("", "Dijkstra"),
    family("", "Smits"), family("", "Koster"), family("", "Jacobs"), family("", "Postma"), family("", "Kuipers"),
    family("", "Prins"), family("", "Hoekstra"), family("", "Willems"), family("", "Schouten"), family("", "Verhoeven"),
    family("", "Peeters"), family("", "Maas"), family("", "Verbeek"), family("", "Kok"), family("", "Veenstra"),
    family("", "Timmermans"), family("", "Groen"), family("", "Gerritsen"), family("", "Martens"), family("", "Huisman"),
    family("", "Blom"), family("", "Kramer"), family("", "Scholten"), family("", "Molenaar"), family("", "Schipper"),
    family("", "Bosman"), family("", "Wolters"), family("", "Yilmaz"), family("", "Kaya"), family("", "Bouzidi"),
    family("", "Pinas"), family("", "Ramdin"), family("", "Sanders"),
    family("de", "Jong"), family("de", "Vries"), family("de", "Boer"), family("de", "Groot"), family("de", "Haan"),
    family("de", "Wit"), family("de", "Graaf"), family("de", "Bruijn"), family("de", "Bruin"), family("de", "Lange"),
    family("van", "Dijk"), family("van", "Dam"), family("van", "Vliet"), family("van", "Leeuwen"), family("van", "Beek"),
    family("van", "Wijk"), family("van", "Loon"), family("van", "Rijn"), family("van de", "Ven"), family("van de", "Pol"),
    family("van den", "Berg"), family("van den", "Bosch"), family("van den", "Broek"), family("van den", "Heuvel"),
    family("van der", "Meer"), family("van der", "Linden"), family("van der", "Veen"), family("van der", "Heijden"),
    family("van der", "Wal"), family("van der", "Laan"), family("van 't", "Hof"), family("van het", "Veer"),
    family("in 't", "Veld"), family("in de", "Braek"), family("op den", "Akker"), family("op de", "Beek"),
    family("op 't", "Hoog"), family("ter", "Horst"), family("ter", "Braak"), family("ten", "Brink"),
    family("ten", "Cate"), family("te", "Velde"), family("den", "Hartog"), family("den", "Boer"),
    family("der", "Kinderen"), family("'t", "Hart"), family("aan de", "Wiel"), family("bij de", "Vaate"),
    family("onder de", "Linden"), family("uit den", "Bogaard"), family("voor den", "Dag"), family("el", "Amrani"),
    family("la", "Fleur"),
];

/// Streets.
#[rustfmt::skip]
pub(crate) const STREETS: &[&str] = &[
    "Kerkstraat", "Dorpsstraat", "Molenweg", "Schoolstraat", "Stationsweg", "Julianastraat", "Beatrixlaan",
    "Nieuwstraat", "Parallelweg", "Kastanjelaan", "Eikenlaan", "Beukenlaan", "Lindelaan", "Berkenstraat", "Wilgenlaan",
    "Iepenlaan", "Populierenlaan", "Meidoornstraat", "Rozenstraat", "Tulpstraat", "Leliestraat", "Zonnebloemstraat",
    "Merelstraat", "Zwaluwstraat", "Reigerstraat", "Havenkade", "Singel", "Oude Gracht", "Noordeinde", "Zuideinde",
    "Marktstraat", "Burgemeester Smitlaan", "Dokter Bakkerstraat", "Vondelstraat", "Rembrandtlaan", "Van Goghstraat",
    "Thorbeckelaan", "Talmastraat", "Industrieweg", "Polderweg",
];

/// Cities.
#[rustfmt::skip]
pub(crate) const CITIES: &[City] = &[
    city("Amsterdam", 1011, 1109), city("Rotterdam", 3011, 3089), city("Den Haag", 2511, 2597),
    city("Utrecht", 3511, 3585), city("Eindhoven", 5611, 5658), city("Groningen", 9711, 9747),
    city("Tilburg", 5011, 5049), city("Almere", 1311, 1363), city("Breda", 4811, 4839), city("Nijmegen", 6511, 6546),
    city("Apeldoorn", 7311, 7339), city("Haarlem", 2011, 2037), city("Arnhem", 6811, 6846),
    city("Enschede", 7511, 7548), city("Amersfoort", 3811, 3829), city("Zaandam", 1501, 1509),
    city("'s-Hertogenbosch", 5211, 5237), city("Hoofddorp", 2131, 2135), city("Zwolle", 8011, 8045),
    city("Leiden", 2311, 2334), city("Zoetermeer", 2711, 2729), city("Leeuwarden", 8911, 8941),
    city("Maastricht", 6211, 6229), city("Dordrecht", 3311, 3329), city("Ede", 6711, 6718),
    city("Alphen aan den Rijn", 2401, 2409), city("Alkmaar", 1811, 1829), city("Emmen", 7811, 7828),
    city("Venlo", 5911, 5928), city("Delft", 2611, 2629), city("Deventer", 7411, 7429), city("Helmond", 5701, 5709),
    city("Oss", 5341, 5349), city("Hilversum", 1211, 1223), city("Sittard", 6131, 6137),
    city("Purmerend", 1441, 1448), city("Roosendaal", 4701, 4709), city("Schiedam", 3111, 3125),
    city("Lelystad", 8211, 8245), city("Hoorn", 1621, 1628), city("Middelburg", 4331, 4339), city("Gouda", 2801, 2809),
];

/// Domains of e-mail addresses; the top level is reserved (RFC 2606), so no mail can reach anybody.
pub(crate) const DOMAINS: &[&str] =
    &["mail.example", "post.example", "thuis.example", "inbox.example", "kantoor.example", "brievenbus.example"];
