"""What Stripe wants of an account before it lets it take or pay out money, in words; codes we do not know as they are.

Codes are paths, such as `representative.dob.day` (docs.stripe.com/connect/required-verification-information): of the
account, of its company, or of a person by part or by id. Several ask for one thing, which is said once.
"""

from collections.abc import Callable, Sequence

from portico_themes.texts import N_

THINGS = {
    "external_account": N_("The bank account it pays out to"),
    "business_type": N_("What kind of business you are"),
    "tos_acceptance": N_("Your consent to Stripe's terms"),
    "business_profile.mcc": N_("Your line of business"),
    "business_profile.url": N_("Your website"),
    "business_profile.product_description": N_("What you sell"),
    "business_profile.name": N_("The name your customers know"),
    "business_profile.support_email": N_("An email address for your customers' questions"),
    "business_profile.support_phone": N_("A telephone number for your customers' questions"),
    "business_profile.support_address": N_("An address for your customers' questions"),
    "settings.payments.statement_descriptor": N_("The name on your customers' bank statements"),
    "company.name": N_("The company's name"),
    "company.address": N_("The company's address"),
    "company.phone": N_("The company's telephone number"),
    "company.tax_id": N_("The company's tax number"),
    "company.vat_id": N_("The company's VAT number"),
    "company.registration_number": N_("The company's registration number"),
    "company.structure": N_("The company's legal form"),
    "company.verification.document": N_("A document that proves the company exists"),
    "company.owners_provided": N_("All owners of the company"),
    "company.directors_provided": N_("All directors of the company"),
    "company.executives_provided": N_("All executives of the company"),
}
PEOPLE = {
    "individual": N_("Owner of the business"),
    "representative": N_("Representative"),
    "owner": N_("Owner"),
    "owners": N_("Owner"),
    "director": N_("Director"),
    "directors": N_("Director"),
    "executive": N_("Executive"),
    "executives": N_("Executive"),
    "person": N_("Somebody in the company"),
}
OF_A_PERSON = {
    "first_name": N_("name"),
    "last_name": N_("name"),
    "full_name_aliases": N_("other names"),
    "dob": N_("date of birth"),
    "address": N_("address"),
    "email": N_("email address"),
    "phone": N_("telephone number"),
    "nationality": N_("nationality"),
    "id_number": N_("number of an identity document"),
    "ssn_last_4": N_("last four digits of the social security number"),
    "relationship.title": N_("position in the company"),
    "relationship.percent_ownership": N_("share of the company"),
    "political_exposure": N_("whether in a high public office"),
    "verification.document": N_("copy of an identity document"),
    "verification.additional_document": N_("proof of address"),
    "verification.proof_of_liveness": N_("proof of identity by camera"),
}
REASONS = {
    "requirements.past_due": N_("Stripe waits for details that are overdue."),
    "requirements.pending_verification": N_("Stripe is checking what was submitted."),
    "under_review": N_("Stripe is reviewing the account."),
    "other": N_("Stripe is reviewing the account."),
    "listed": N_("Stripe is checking whether the account is on a list of barred persons and companies."),
    "platform_paused": N_("The operator of this portal has paused it."),
    "action_required.requested_capabilities": N_("The operator of this portal has to ask Stripe for ways to pay."),
    "rejected": N_("Stripe has rejected the account."),
}

Translate = Callable[..., str]


def asked_for(codes: Sequence[str], text: Translate) -> list[str]:
    """Each thing once, in Stripe's order."""
    return list(dict.fromkeys(_asked(code, text) for code in codes))


def disabled_because(code: str | None, text: Translate) -> str:
    """Why the account is held up, as a sentence; "" where Stripe says nothing."""
    if not code:
        return ""
    known = _longest(REASONS, code)
    return text(known) if known else text(N_("Stripe's reason: %(code)s."), code=code)


def _asked(code: str, text: Translate) -> str:
    if thing := _longest(THINGS, code):
        return text(thing)
    whose, _, what = code.partition(".")
    person = PEOPLE.get("person" if whose.startswith("person_") else whose)
    detail = _longest(OF_A_PERSON, what)
    return f"{text(person)}: {text(detail)}" if person and detail else code


def _longest(words: dict[str, str], code: str) -> str | None:
    """Of the code or of the path it lies under."""
    while code and code not in words:
        code = code.rpartition(".")[0]
    return words.get(code)
