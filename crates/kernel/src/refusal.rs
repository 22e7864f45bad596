//! Refusals: what a caller is told when a call can't be carried out. The edge turns them into `google.rpc.Status`.

use std::{borrow::Cow, collections::BTreeMap, fmt, time::Duration};

/// A gRPC status code that Tenure answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The request is wrong whatever the state.
    InvalidArgument,
    /// Time ran out.
    DeadlineExceeded,
    /// No such thing, or not yours.
    NotFound,
    /// It exists with other content.
    AlreadyExists,
    /// The caller may not.
    PermissionDenied,
    /// Too much.
    ResourceExhausted,
    /// The state does not allow it.
    FailedPrecondition,
    /// A lost race: read again and retry.
    Aborted,
    /// Past the end.
    OutOfRange,
    /// No such RPC.
    Unimplemented,
    /// A fault of ours.
    Internal,
    /// Not now; retry.
    Unavailable,
    /// Who are you?
    Unauthenticated,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal, $code:ident;)*) => {
        /// A machine-readable reason; the same as `tenure.error.v1.Reason`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i32)]
        pub enum Reason {
            $($(#[$doc])* $name = $number,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in `ErrorInfo.reason`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The status code that a call refused for it gets.
            #[must_use]
            pub fn code(self) -> Code {
                match self { $(Self::$name => Code::$code,)* }
            }
        }
    };
}

reasons! {
    /// No credential was sent. Send "authorization: Bearer KEY".
    CredentialMissing = 1, "CREDENTIAL_MISSING", Unauthenticated;
    /// The credential is not known.
    CredentialUnknown = 2, "CREDENTIAL_UNKNOWN", Unauthenticated;
    /// The credential lacks the scope in metadata "scope".
    ScopeMissing = 3, "SCOPE_MISSING", PermissionDenied;
    /// No such thing, or not yours.
    NotFound = 4, "NOT_FOUND", NotFound;
    /// One or more fields are wrong; every one is named in BadRequest.
    FieldsInvalid = 5, "FIELDS_INVALID", InvalidArgument;
    /// A fault of ours; it is logged under the trace id.
    Internal = 6, "INTERNAL", Internal;
    /// A store or a peer can't be reached now; retry after RetryInfo.
    Unavailable = 7, "UNAVAILABLE", Unavailable;
    /// Too much work at once; retry after RetryInfo.
    Overloaded = 8, "OVERLOADED", ResourceExhausted;
    /// The call's time ran out; metadata says how far it came.
    Deadline = 9, "DEADLINE", DeadlineExceeded;
    /// No such RPC.
    MethodUnknown = 10, "METHOD_UNKNOWN", Unimplemented;
    /// The resource changed since its etag was read.
    EtagMismatch = 11, "ETAG_MISMATCH", Aborted;
    /// The request_id was used with another body.
    RequestIdReused = 12, "REQUEST_ID_REUSED", AlreadyExists;
    /// The page token is not from this list or its filter changed.
    PageTokenInvalid = 13, "PAGE_TOKEN_INVALID", InvalidArgument;
    /// The read token can't be read.
    ReadTokenInvalid = 14, "READ_TOKEN_INVALID", InvalidArgument;
    /// The message is larger than the limit in the service's documentation.
    MessageTooLarge = 15, "MESSAGE_TOO_LARGE", ResourceExhausted;
    /// The message can't be decoded (invalid UTF-8, nested too deeply, truncated).
    MessageUnreadable = 16, "MESSAGE_UNREADABLE", InvalidArgument;
    /// The tenant asks for more a second than its quota here; retry after RetryInfo.
    QuotaExceeded = 17, "QUOTA_EXCEEDED", ResourceExhausted;
    /// Metadata "purpose" is absent; the RPC answers for a purpose only. Metadata "purposes" lists them.
    PurposeRequired = 18, "PURPOSE_REQUIRED", InvalidArgument;
    /// Metadata "purpose" is none that there is; metadata "purposes" lists them.
    PurposeUnknown = 19, "PURPOSE_UNKNOWN", InvalidArgument;
    /// Required and absent.
    FieldRequired = 20, "FIELD_REQUIRED", InvalidArgument;
    /// Longer or larger than allowed.
    FieldTooLong = 21, "FIELD_TOO_LONG", InvalidArgument;
    /// Not in the form asked for.
    FieldMalformed = 22, "FIELD_MALFORMED", InvalidArgument;
    /// Outside its range.
    FieldOutOfRange = 23, "FIELD_OUT_OF_RANGE", InvalidArgument;
    /// A value that may not be given here.
    FieldNotAllowed = 24, "FIELD_NOT_ALLOWED", InvalidArgument;
    /// The touchpoint type is not in the catalogue.
    TypeUnknown = 30, "TYPE_UNKNOWN", InvalidArgument;
    /// The detail does not belong to the type.
    DetailMismatch = 31, "DETAIL_MISMATCH", InvalidArgument;
    /// The type needs an amount (zero is valid).
    AmountMissing = 32, "AMOUNT_MISSING", InvalidArgument;
    /// Amounts are magnitudes; the type says the direction.
    AmountNegative = 33, "AMOUNT_NEGATIVE", InvalidArgument;
    /// Not an ISO 4217 code.
    CurrencyInvalid = 34, "CURRENCY_INVALID", InvalidArgument;
    /// A time before 1900, after 2200, or not a time.
    TimeInvalid = 35, "TIME_INVALID", InvalidArgument;
    /// Occurred more than five minutes ahead of the server's clock.
    TimeInFuture = 36, "TIME_IN_FUTURE", InvalidArgument;
    /// An identifier is not valid for its kind.
    IdentifierInvalid = 37, "IDENTIFIER_INVALID", InvalidArgument;
    /// Larger than 64 KiB.
    ItemTooLarge = 38, "ITEM_TOO_LARGE", InvalidArgument;
    /// The same source and event id came before with another body.
    EventIdReused = 39, "EVENT_ID_REUSED", InvalidArgument;
    /// No subject, or no primary subject.
    SubjectMissing = 40, "SUBJECT_MISSING", InvalidArgument;
    /// The custom schema is not registered.
    SchemaUnknown = 41, "SCHEMA_UNKNOWN", InvalidArgument;
    /// The custom document does not fit its schema.
    SchemaViolated = 42, "SCHEMA_VIOLATED", InvalidArgument;
    /// A correction or retraction names other subjects than its target.
    AmendmentSubjectChanged = 43, "AMENDMENT_SUBJECT_CHANGED", InvalidArgument;
    /// The tenant's quarantine is full; nothing was stored.
    QuarantineFull = 44, "QUARANTINE_FULL", InvalidArgument;
    /// The JSON Schema is not valid.
    SchemaInvalid = 45, "SCHEMA_INVALID", InvalidArgument;
    /// The quarantined item was replayed or discarded before.
    QuarantineSettled = 46, "QUARANTINE_SETTLED", FailedPrecondition;
    /// No such journal here.
    JournalUnknown = 50, "JOURNAL_UNKNOWN", NotFound;
    /// The journal was restored; rebuild from it.
    JournalEpochChanged = 51, "JOURNAL_EPOCH_CHANGED", FailedPrecondition;
    /// The position lies past the journal's head; rebuild from it.
    JournalPositionUnknown = 52, "JOURNAL_POSITION_UNKNOWN", OutOfRange;
    /// No such projection here.
    ProjectionUnknown = 53, "PROJECTION_UNKNOWN", NotFound;
    /// A rebuild of the projection is running.
    RebuildRunning = 54, "REBUILD_RUNNING", FailedPrecondition;
    /// The records named are not a proper part of the person.
    SplitNotProper = 61, "SPLIT_NOT_PROPER", FailedPrecondition;
    /// No model was fitted yet.
    ModelMissing = 70, "MODEL_MISSING", FailedPrecondition;
    /// The data does not identify the model; metadata says what is lacking.
    ModelNotIdentified = 71, "MODEL_NOT_IDENTIFIED", FailedPrecondition;
    /// The model foretells worse than the promoted one on the same holdouts; metadata has both errors.
    ModelWorse = 72, "MODEL_WORSE", FailedPrecondition;
    /// No holdout shows whether the model is worse than the promoted one; metadata says what is lacking.
    ModelNotCompared = 73, "MODEL_NOT_COMPARED", FailedPrecondition;
    /// The person's rights keep it from being judged; metadata "cause" is "restricted" or "objected".
    PersonWithheld = 74, "PERSON_WITHHELD", FailedPrecondition;
    /// The permit was used before.
    PermitUsed = 80, "PERMIT_USED", FailedPrecondition;
    /// The permit has expired; reserve the survey anew.
    PermitExpired = 81, "PERMIT_EXPIRED", FailedPrecondition;
    /// The complaint is not where this step can be taken; metadata "state" says where it is.
    ComplaintState = 82, "COMPLAINT_STATE", FailedPrecondition;
    /// Who approves wrote the draft, is complained about, or approved it before.
    FourEyes = 83, "FOUR_EYES", FailedPrecondition;
    /// The customer has neither a final response nor accepted anything.
    ResponseMissing = 84, "RESPONSE_MISSING", FailedPrecondition;
    /// Who is not upheld must be pointed to the outside body.
    AdrTextMissing = 85, "ADR_TEXT_MISSING", FailedPrecondition;
    /// Redress is owed; or more would be paid than is.
    RedressOwed = 86, "REDRESS_OWED", FailedPrecondition;
    /// The date is past what the rule in metadata "rule" allows; metadata "latest" has the latest.
    HoldingTooLate = 87, "HOLDING_TOO_LATE", FailedPrecondition;
}

impl Reason {
    /// Its number on the wire.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The reason of a number on the wire.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.number() == number)
    }
}

/// One thing that is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The field's path, such as `touchpoints[3].occur_time`.
    pub field: String,
    /// Why.
    pub reason: Reason,
    /// The same in words. Never holds the value: it may be personal.
    pub description: Cow<'static, str>,
}

impl Violation {
    /// A violation of a field.
    pub fn new(field: impl Into<String>, reason: Reason, description: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), reason, description: description.into() }
    }
}

/// Why a call was not carried out. Holds nothing personal and nothing of the inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason; it decides the status code.
    pub reason: Reason,
    /// The same in words.
    pub message: Cow<'static, str>,
    /// Every dynamic value of the message, by name.
    pub metadata: BTreeMap<&'static str, String>,
    /// Every field that is wrong.
    pub violations: Vec<Violation>,
    /// When a retry may help.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal for a reason.
    pub fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into(), metadata: BTreeMap::new(), violations: Vec::new(), retry_after: None }
    }

    /// No such thing, or not the caller's. Always the same words, so that the two can't be told apart.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Reason::NotFound, "not found")
    }

    /// Wrong fields, all of them.
    #[must_use]
    pub fn fields(violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::new(Reason::FieldsInvalid, "one or more fields are invalid") }
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, reason: Reason, description: impl Into<Cow<'static, str>>) -> Self {
        Self::fields(vec![Violation::new(field, reason, description)])
    }

    /// A store or a peer can't be reached now.
    #[must_use]
    pub fn unavailable(what: &'static str) -> Self {
        Self::new(Reason::Unavailable, "temporarily unavailable").with("resource", what).retry(Duration::from_secs(1))
    }

    /// Adds a value to the metadata.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.metadata.insert(name, value.into());
        self
    }

    /// Says when a retry may help.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.as_str(), self.message)
    }
}

impl std::error::Error for Refusal {}
