"""A real DNS server for the tests: it answers TXT questions over UDP from a dictionary."""

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """`texts` maps names to their TXT records; a name that is not there does not exist. `mute` answers nothing good."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.mute = False
        self._door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._door.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                asked, sender = self._door.recvfrom(4096)
                self._door.sendto(self._answer(asked), sender)
            except OSError:
                return

    def _answer(self, asked: bytes) -> bytes:
        question = dns.message.from_wire(asked)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        name = question.question[0].name
        records = self.texts.get(name.to_unicode(omit_final_dot=True))
        if self.mute:
            answer.set_rcode(dns.rcode.REFUSED)
        elif records is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.question[0].rdtype == dns.rdatatype.TXT:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *(f'"{text}"' for text in records)))
        return answer.to_wire()
