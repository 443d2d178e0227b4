"""A client generated from the gateway's WSDL by zeep: somebody else's opinion of the descriptions we serve.

    zeep_client.py --wsdl FOLDER             builds a message for every operation of FOLDER/*.wsdl
    zeep_client.py --base URL [options]      does so from URL/registry?wsdl and URL/repository?wsdl, then deposits a
                                             document (ITI-41, inline base64), finds it (ITI-18) and fetches it (ITI-43)
    zeep_client.py --base URL --identities   makes two patients known and merges them (ITI-44), from URL/patient-identity?wsdl

Nothing of the messages is written by hand here: elements, namespaces, order and Actions come from the WSDL.
The last line is `zeep: ok`; anything else is a failure and says which operation.
"""

import argparse
import datetime
import pathlib
import sys
import uuid

import requests
import zeep
from lxml import etree

SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
STABLE = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
SERVICES = {
    "registry": [
        "DocumentRegistry_RegistryStoredQuery",
        "DocumentRegistry_RegisterDocumentSet-b",
        "DocumentRegistry_UpdateDocumentSet",
        "DocumentRegistry_RestrictedUpdateDocumentSet",
        "DocumentRegistry_RegisterOnDemandDocumentEntry",
        "DocumentRegistry_DeleteDocumentSet",
    ],
    "repository": [
        "DocumentRepository_ProvideAndRegisterDocumentSet-b",
        "DocumentRepository_RetrieveDocumentSet",
        "DocumentRepository_RemoveDocuments",
    ],
}
IDENTITIES = [
    "DocumentRegistry_PRPA_IN201301UV02",
    "DocumentRegistry_PRPA_IN201302UV02",
    "DocumentRegistry_PRPA_IN201304UV02",
]


class SecurityHeader:
    """Puts a given wsse:Security into every request, last of all, so that nothing touches what was signed."""

    def __init__(self, path):
        self.text = pathlib.Path(path).read_bytes()

    def apply(self, envelope, headers):
        header = envelope.find("{http://www.w3.org/2003/05/soap-envelope}Header")
        header.append(etree.fromstring(self.text))
        return envelope, headers

    def verify(self, envelope):
        """Answers carry no security header."""


# --- Metadata -----------------------------------------------------------------------------------


def slot(name, *values):
    return {"name": name, "ValueList": {"Value": list(values)}}


def label(text):
    return {"LocalizedString": [{"charset": "UTF-8", "lang": "fr-FR", "value": text}]}


class Metadata:
    """One document in one submission set, with the attributes of the French profile."""

    def __init__(self, options):
        self.options = options
        self.count = 0
        self.now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")

    def id(self):
        self.count += 1
        return f"id{self.count}"

    def author(self, scheme, target):
        options = self.options
        slots = [
            slot("authorPerson", options.author_person),
            slot("authorSpecialty", options.author_specialty),
            slot("authorInstitution", options.author_institution),
        ]
        return self.classification(scheme, target, "", slots, None)

    def code(self, scheme, target, code, system, text):
        return self.classification(scheme, target, code, [slot("codingScheme", system)], label(text))

    def classification(self, scheme, target, node, slots, name):
        return {
            "id": self.id(),
            "classificationScheme": "urn:uuid:" + scheme,
            "classifiedObject": target,
            "nodeRepresentation": node,
            "Slot": slots,
            "Name": name,
        }

    def identifier(self, scheme, target, value, name):
        return {
            "id": self.id(),
            "identificationScheme": "urn:uuid:" + scheme,
            "registryObject": target,
            "value": value,
            "Name": label(name),
        }

    def submission_set(self):
        options, own = self.options, "lot"
        return {
            "id": own,
            "Slot": [slot("submissionTime", self.now)],
            "Name": label("Envoi par zeep"),
            "Classification": [
                self.author("a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", own),
                self.code("aa543740-bdda-424e-8c96-df4873be8500", own, "SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
                {
                    "id": self.id(),
                    "classifiedObject": own,
                    "classificationNode": "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
                },
            ],
            "ExternalIdentifier": [
                self.identifier("6b5aea1a-874d-4603-a4bc-96a0a7b38446", own, options.patient, "XDSSubmissionSet.patientId"),
                self.identifier("554ac39e-e3fe-47fe-b233-965d2a147832", own, options.source_id, "XDSSubmissionSet.sourceId"),
                self.identifier("96fdda7c-d067-4183-912e-bf5ee74998a8", own, new_oid(), "XDSSubmissionSet.uniqueId"),
            ],
        }

    def document_entry(self, unique_id):
        options, own = self.options, "document"
        codes = [
            ("41a5887f-8865-4c09-adf7-e362475b143a", "10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
            ("f0306f51-975f-434e-a61c-c59651d33983", "11488-4", "2.16.840.1.113883.6.1", "CR ou fiche de consultation ou de visite"),
            ("f4f85eac-e6cb-4883-b524-f2705394840f", "N", "2.16.840.1.113883.5.25", "Normal"),
            ("a09d5840-386c-46f2-b5ad-9c3699a4309d", "urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3", "Document à corps non structuré en texte brut"),
            ("f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", "SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
            ("cccf5598-8b07-4b77-a05e-ae952c785ead", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
        ]
        return {
            "id": own,
            "mimeType": options.mime_type,
            "objectType": STABLE,
            "Slot": [
                slot("creationTime", self.now),
                slot("languageCode", "fr-FR"),
                slot("legalAuthenticator", options.author_person),
                slot("serviceStartTime", self.now),
                slot("sourcePatientId", options.patient),
                slot("sourcePatientInfo", "PID-5|MARTIN^CLAIRE^^^^^L", "PID-7|19840612", "PID-8|F"),
            ],
            "Name": label("Compte rendu envoyé par zeep"),
            "Classification": [
                self.author("93606bcf-9494-43ec-9b4e-a7748d1a838d", own),
                *(self.code(scheme, own, code, system, text) for scheme, code, system, text in codes),
            ],
            "ExternalIdentifier": [
                self.identifier("58a6f841-87b3-4a3e-92fd-a8ffeff98427", own, options.patient, "XDSDocumentEntry.patientId"),
                self.identifier("2e82c1f6-a085-4c72-9da3-8640a32e42ab", own, unique_id, "XDSDocumentEntry.uniqueId"),
            ],
        }

    def objects(self, unique_id):
        member = {
            "id": self.id(),
            "associationType": "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
            "sourceObject": "lot",
            "targetObject": "document",
            "Slot": [slot("SubmissionSetStatus", "Original")],
        }
        return {
            "RegistryObjectList": {
                "_value_1": [
                    {"RegistryPackage": self.submission_set()},
                    {"ExtrinsicObject": self.document_entry(unique_id)},
                    {"Association": member},
                ]
            }
        }


def new_oid():
    return f"2.25.{uuid.uuid4().int}"


# --- Operations ---------------------------------------------------------------------------------


def find_documents(options):
    return {
        "ResponseOption": {"returnType": "LeafClass", "returnComposedObjects": True},
        "AdhocQuery": {
            "id": FIND_DOCUMENTS,
            "Slot": [
                slot("$XDSDocumentEntryPatientId", f"'{options.patient}'"),
                slot("$XDSDocumentEntryStatus", f"('{APPROVED}')"),
            ],
        },
    }


def retrieve(repository_id, unique_id):
    return {"DocumentRequest": [{"RepositoryUniqueId": repository_id, "DocumentUniqueId": unique_id}]}


def deposit(options, unique_id, content):
    document = {"_value_1": content, "id": "document"}
    return {"SubmitObjectsRequest": Metadata(options).objects(unique_id), "Document": [document]}


def identifier_of(patient):
    return {"root": patient.split("&")[1], "extension": patient.split("^")[0]}


def device(side, root):
    return {"typeCode": side, "device": {"classCode": "DEV", "determinerCode": "INSTANCE", "id": [{"root": root}]}}


def identity_feed(interaction, patient, ended=None):
    """A patient is made known, or survives the one that ended."""
    event = {
        "classCode": "REG",
        "moodCode": "EVN",
        "statusCode": {"code": "active"},
        "subject1": {
            "typeCode": "SBJ",
            "patient": {"classCode": "PAT", "id": [identifier_of(patient)], "statusCode": {"code": "active"}},
        },
    }
    if ended:
        role = {"classCode": "PAT", "id": [identifier_of(ended)]}
        prior = {"classCode": "REG", "moodCode": "EVN", "statusCode": {"code": "obsolete"}}
        prior["subject1"] = {"typeCode": "SBJ", "priorRegisteredRole": role}
        event["replacementOf"] = [{"typeCode": "RPLC", "priorRegistration": prior}]
    return {
        "ITSVersion": "XML_1.0",
        "id": {"root": new_oid()},
        "creationTime": {"value": datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")},
        "interactionId": {"root": "2.16.840.1.113883.1.6", "extension": interaction},
        "processingCode": {"code": "P"},
        "processingModeCode": {"code": "T"},
        "acceptAckCode": {"code": "AL"},
        "receiver": [device("RCV", "1.2.250.1.999.78")],
        "sender": device("SND", "1.2.250.1.999.77"),
        "controlActProcess": {
            "classCode": "CACT",
            "moodCode": "EVN",
            "subject": {"typeCode": "SUBJ", "registrationEvent": event},
        },
    }


def open_services(options, services):
    """Loads descriptions; checks that each has at least these operations."""
    session = requests.Session()
    if options.cert:
        session.cert = (options.cert, options.key)
    if options.ca:
        session.verify = options.ca
    wsse = SecurityHeader(options.wss) if options.wss else None
    clients = {}
    for name, operations in services.items():
        location = f"{options.base}/{name}?wsdl" if options.base else str(pathlib.Path(options.wsdl, f"{name}.wsdl"))
        client = zeep.Client(location, transport=zeep.Transport(session=session), wsse=wsse)
        (service,) = client.wsdl.services.values()
        (port,) = service.ports.values()
        found = sorted(port.binding.all())
        check(set(operations) <= set(found), f"{location}: {found}")
        print(f"{name}: {', '.join(found)}")
        clients[name] = client
    return clients


def create_messages(clients, options):
    """A message of each operation, as zeep writes it."""
    arguments = {
        "DocumentRegistry_RegistryStoredQuery": find_documents(options),
        "DocumentRegistry_RegisterDocumentSet-b": Metadata(options).objects(new_oid()),
        "DocumentRepository_ProvideAndRegisterDocumentSet-b": deposit(options, new_oid(), b"bonjour"),
        "DocumentRepository_RetrieveDocumentSet": retrieve("1.2.3", "1.2.4"),
        "DocumentRegistry_DeleteDocumentSet": {
            "ObjectRefList": {"ObjectRef": [{"id": "urn:uuid:6ce3e6d4-1ad1-4a4c-8f3e-0a6a5f3b9c11"}]}
        },
        "DocumentRepository_RemoveDocuments": retrieve("1.2.3", "1.2.4"),
    }
    for name in ("UpdateDocumentSet", "RestrictedUpdateDocumentSet", "RegisterOnDemandDocumentEntry"):
        arguments[f"DocumentRegistry_{name}"] = Metadata(options).objects(new_oid())
    for name, operations in SERVICES.items():
        client = clients[name]
        for operation in operations:
            message = client.create_message(client.service, operation, **arguments[operation])
            (action,) = message.xpath("//*[local-name()='Header']/*[local-name()='Action']/text()")
            (root,) = message.xpath("//*[local-name()='Body']/*")
            print(f"{operation}: {action}, {etree.QName(root).localname}, {len(etree.tostring(message))} bytes")
            if options.write:
                pathlib.Path(options.write, f"{operation}.xml").write_bytes(etree.tostring(message))


def exchange(clients, options):
    """Deposits, finds and fetches one document."""
    content = pathlib.Path(options.document).read_bytes() if options.document else b"Bonjour de zeep.\n"
    unique_id = options.unique_id or new_oid()
    repository, registry = clients["repository"].service, clients["registry"].service

    answer = repository["DocumentRepository_ProvideAndRegisterDocumentSet-b"](**deposit(options, unique_id, content))
    succeeded("ITI-41", answer)

    answer = registry["DocumentRegistry_RegistryStoredQuery"](**find_documents(options))
    succeeded("ITI-18", answer)
    entries = [item["ExtrinsicObject"] for item in answer.RegistryObjectList._value_1 or [] if "ExtrinsicObject" in item]
    mine = [entry for entry in entries if unique_id in {identifier.value for identifier in entry.ExternalIdentifier}]
    check(len(mine) == 1, f"ITI-18 found {len(mine)} of {len(entries)} entries with uniqueId {unique_id}")
    values = {found.name: found.ValueList.Value for found in mine[0].Slot}
    check(int(values["size"][0]) == len(content), f"ITI-18: size is {values['size']}")

    (repository_id,) = values["repositoryUniqueId"]
    answer = repository["DocumentRepository_RetrieveDocumentSet"](**retrieve(repository_id, unique_id))
    succeeded("ITI-43", answer.RegistryResponse)
    (document,) = answer.DocumentResponse
    # zeep itself strips line ends around a binary part before it hands it out.
    check(document.Document == content.strip(b"\r\n"), "ITI-43: other bytes than were deposited")
    print(f"deposited, found and fetched {len(content)} bytes as {unique_id}")


def feed(client, options):
    """Two patients become known, and one of them ends."""
    surviving, ended = options.patient, "1" + options.patient
    steps = [
        ("PRPA_IN201301UV02", ended, None, "CA"),
        ("PRPA_IN201302UV02", surviving, None, "CA"),
        ("PRPA_IN201304UV02", surviving, ended, "CA"),
        ("PRPA_IN201302UV02", ended, None, "CE"),
    ]
    for interaction, patient, subsumed, expected in steps:
        message = identity_feed(interaction, patient, subsumed)
        answer = client.service["DocumentRegistry_" + interaction](**message)
        acknowledgement = answer.acknowledgement
        told = [detail.text for detail in acknowledgement.acknowledgementDetail]
        check(acknowledgement.typeCode.code == expected, f"{interaction}: {acknowledgement.typeCode.code} {told}")
        check(acknowledgement.targetMessage.id.root == message["id"]["root"], f"{interaction}: of another message")
    print(f"fed {len(steps)} messages of identities")


def succeeded(what, answer):
    errors = answer.RegistryErrorList
    told = [(error.errorCode, error.codeContext, error.location) for error in errors.RegistryError] if errors else []
    check(answer.status == SUCCESS, f"{what}: {answer.status} {told}")


def check(holds, otherwise):
    if not holds:
        sys.exit(f"zeep: {otherwise}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--wsdl", help="folder that holds registry.wsdl and repository.wsdl")
    source.add_argument("--base", help="URL above registry and repository")
    parser.add_argument("--identities", action="store_true", help="feed identities, and nothing else")
    parser.add_argument("--cert", help="client certificate, PEM")
    parser.add_argument("--key", help="its key, PEM")
    parser.add_argument("--ca", help="trusted authorities of the server, PEM")
    parser.add_argument("--wss", help="file that holds a wsse:Security element")
    parser.add_argument("--write", help="folder for the messages created")
    parser.add_argument("--document", help="file to deposit")
    parser.add_argument("--mime-type", default="text/plain")
    parser.add_argument("--unique-id", help="uniqueId of the document")
    parser.add_argument("--patient", default="284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH")
    parser.add_argument("--source-id", default="1.2.250.1.999.77.1")
    parser.add_argument("--author-person", default="899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    parser.add_argument("--author-specialty", default="G15_10/SM26^Médecin - Qualifié en Médecine Générale (SM)^1.2.250.1.213.1.1.4.5")
    parser.add_argument("--author-institution", default="CENTRE DE SANTE DU PONT^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1759999990")
    options = parser.parse_args()

    clients = open_services(options, {"patient-identity": IDENTITIES} if options.identities else SERVICES)
    if not options.identities:
        create_messages(clients, options)
    if options.base:
        try:
            if options.identities:
                feed(clients["patient-identity"], options)
            else:
                exchange(clients, options)
        except zeep.exceptions.Fault as fault:
            detail = etree.tostring(fault.detail).decode() if fault.detail is not None else ""
            sys.exit(f"zeep: fault {fault.code} {fault.subcodes}: {fault.message} {detail}")
    print("zeep: ok")


if __name__ == "__main__":
    main()
