"""The steps that several processes take together, and the checkpoints from which they go on."""

import math

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from microgpt_ref.fast import resume
from microgpt_ref.fast.processes import others_needed, say, summed
from microgpt_ref.fast.torch import GPT, new_optimizer, products_in
from microgpt_ref.runner import interrupts_deferred


class Training:
    """The weights of this process, how they are updated, and the losses so far."""

    def __init__(self, source, options, device):
        self.source, self.options, self.device = source, options, device
        self.dtype = getattr(torch, options.dtype)
        held = torch.float32 if self.dtype == torch.bfloat16 else self.dtype
        self.gpt = GPT(source.model.weights, source.model.settings, held).to(device)
        self.stepper = new_optimizer("adam", self.gpt.parameters())
        self.losses = []
        if options.checkpoint:
            self.losses = resume.read(options.checkpoint, self.run(), self.gpt, self.stepper)
        self.kept = len(self.losses)  # the steps that are in the checkpoint
        self.good = self.copied()
        self.together = DistributedDataParallel(self.gpt)

    def run(self):
        """What the run is like: with another of these, its losses would be others."""
        options, text = self.options, getattr(self.source, "text", None)
        source = {"bytes of text": len(text)} if text else {"names": options.names}
        numbers = {name: getattr(options, name) for name in ("steps", "batch", "rate", "seed")}
        sizes = self.source.model.settings.sizes()
        vocabulary = "".join(self.source.model.tokenizer.characters)
        return {**source, **sizes, **numbers, "dtype": options.dtype, "vocabulary": vocabulary}

    def copied(self):
        """A copy of the weights, by name."""
        return {name: w.detach().clone() for name, w in self.gpt.matrices().items()}

    def take_step(self, stops):
        """The loss of the next step, and whether any process has to stop; learns from it.

        Where the loss isn't a number, the weights stay.
        """
        step, options = len(self.losses), self.options
        self.stepper.zero_grad()
        with products_in(self.dtype, self.device):
            loss = self.together(*self.source.inputs_and_targets(step, self.device)) / options.batch
        with others_needed():
            # NB: the gradients are averaged over the processes, whose shares need not be equal
            (loss * dist.get_world_size()).backward()
            total, stops = summed([loss.item(), stops], self.device)
        if math.isfinite(total):
            self.good = self.copied()
            self.losses.append(total)
            self.stepper.param_groups[0]["lr"] = options.rate * (1 - step / options.steps)
            self.stepper.step()
        return total, stops > 0

    def keep(self):
        """Write the checkpoint, from the first process alone."""
        if self.options.checkpoint and self.kept < len(self.losses):
            if dist.get_rank() == 0:
                state = self.run(), self.losses, self.gpt, self.stepper
                resume.write(self.options.checkpoint, *state)
            self.kept = len(self.losses)

    def all_steps(self, report):
        """True if all steps were done.

        It ends early, in all processes at the same step, after Ctrl-C in any of them, or when the
        loss is not a number: then with the last weights with which it was one.
        """
        steps, every = self.options.steps, self.options.every
        with interrupts_deferred() as raise_if_pressed:
            while len(self.losses) < steps:
                total, stops = self.take_step(pressed(raise_if_pressed))
                done = len(self.losses)
                if not math.isfinite(total):
                    say(f"the loss is not a number at step {done + 1}: use a lower learning rate")
                    return False
                report(done, total)
                if done % every == 0 or done == steps or stops:
                    self.keep()
                if stops and done < steps:
                    say(f"stopped by Ctrl-C after {done} of {steps} steps")
                    break
        self.good = self.gpt.matrices()
        return len(self.losses) == steps


def pressed(raise_if_pressed):
    """1 if Ctrl-C was pressed in this process, else 0."""
    try:
        raise_if_pressed()
    except KeyboardInterrupt:
        return 1
    return 0
