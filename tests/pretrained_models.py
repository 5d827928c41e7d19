"""Pipelines of the pretrained renderers with tiny random weights, saved as folders: the real loading code reads them.

Everything is built from configs; nothing is downloaded. Networks that are born as zero (ControlNet's outputs, VACE's)
are filled with noise, so that controls matter.
"""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import torch

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def save_wan(folder: Path) -> Path:
    """Save a WanVACEPipeline: 16x48 pixels take a second."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanVACEPipeline, WanVACETransformer3DModel
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    pieces = ["<pad>", "</s>", "<unk>", "▁", *LETTERS, ",", "."]
    scored = [(piece, -float(k)) for k, piece in enumerate(pieces)]
    pipe = WanVACEPipeline(
        tokenizer=class_of("T5TokenizerFast")(vocab=scored, extra_ids=0),
        text_encoder=UMT5EncoderModel(
            UMT5Config(vocab_size=64, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)
        ),
        vae=AutoencoderKLWan(
            base_dim=3, z_dim=16, dim_mult=[1] * 4, num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0),
        transformer=noisy(
            WanVACETransformer3DModel(
                num_attention_heads=2,
                attention_head_dim=12,
                text_dim=32,
                ffn_dim=32,
                num_layers=3,
                rope_max_seq_len=128,
                vace_layers=[0, 2],
                vace_in_channels=96,
            )
        ),
    )
    return _save(pipe, folder)


def save_animatediff(folder: Path) -> Path:
    """Save base, motion and two ControlNets as the renderer wants them."""
    from diffusers import AutoencoderKL, ControlNetModel, DDIMScheduler, MotionAdapter, UNet2DConditionModel
    from diffusers import StableDiffusionPipeline as Base
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    pieces = ["<pad>", "<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{each}</w>" for each in LETTERS + ",.")]
    net: dict[str, Any] = {
        "block_out_channels": (8, 8),
        "layers_per_block": 1,
        "in_channels": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "cross_attention_dim": 8,
        "norm_num_groups": 2,
        "attention_head_dim": 4,
    }
    text = CLIPTextConfig(
        hidden_size=8,
        intermediate_size=16,
        num_attention_heads=2,
        num_hidden_layers=2,
        vocab_size=64,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    base = Base(
        vae=AutoencoderKL(
            block_out_channels=(8,) * 4,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            norm_num_groups=2,
        ),
        text_encoder=CLIPTextModel(text),
        tokenizer=CLIPTokenizer(
            vocab={piece: k for k, piece in enumerate(pieces)},
            merges=[],
            unk_token="<|endoftext|>",
            model_max_length=77,
        ),
        unet=UNet2DConditionModel(
            sample_size=8, out_channels=4, up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **net
        ),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    _save(base, folder / "base")
    motion = MotionAdapter(
        block_out_channels=(8, 8),
        motion_layers_per_block=1,
        motion_norm_num_groups=2,
        motion_num_attention_heads=4,
        motion_max_seq_length=32,
    )
    _save(motion, folder / "motion")
    for kind in ("depth", "normals"):
        control = ControlNetModel(conditioning_embedding_out_channels=(8,) * 4, **net)
        _save(noisy(control), folder / f"controlnet-{kind}")
    return folder


def save_cosmos(folder: Path) -> Path:
    """Save the parts of a Cosmos3OmniPipeline and its index."""
    from diffusers import AutoencoderKLWan, Cosmos3OmniTransformer, UniPCMultistepScheduler

    torch.manual_seed(0)
    signs = [*(chr(code) for code in range(33, 127)), "Ġ", "Ċ"]
    tokenizer = class_of("Qwen2TokenizerFast")(
        vocab={sign: k for k, sign in enumerate(signs)},
        merges=[],
        additional_special_tokens=["<|im_start|>", "<|im_end|>", "<|vision_start|>"],
        eos_token="<|im_end|>",
    )
    tokenizer.chat_template = "{% for m in messages %}<|im_start|>{{m['role']}}\n{{m['content']}}<|im_end|>{% endfor %}"
    parts: dict[str, Any] = {
        "transformer": Cosmos3OmniTransformer(
            head_dim=16,
            hidden_size=32,
            intermediate_size=32,
            latent_channel=4,
            patch_latent_dim=16,
            num_attention_heads=2,
            num_hidden_layers=2,
            num_key_value_heads=1,
            vocab_size=128,
            rope_axes_dim=(4, 2, 2),
        ),
        "vae": AutoencoderKLWan(
            base_dim=4,
            decoder_base_dim=4,
            z_dim=4,
            dim_mult=[1] * 4,
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            is_residual=True,
            in_channels=12,
            out_channels=12,
            patch_size=2,
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
            scale_factor_spatial=16,
        ),
        "scheduler": UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
        "text_tokenizer": tokenizer,
    }
    for name, part in parts.items():
        _save(part, folder / name)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "Cosmos3OmniPipeline"}))
    return folder


def class_of(name: str) -> Any:
    """Return a class of transformers that exists only once it is asked for."""
    return getattr(importlib.import_module("transformers"), name)


def noisy(net: Any) -> Any:
    """Return the network with noise where it was born as zero."""
    with torch.no_grad():
        for weight in net.parameters():
            if not weight.any():
                weight.normal_(0, 0.3)
    return net


def _save(thing: Any, folder: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of saving, which only these tests do
        thing.save_pretrained(folder)
    return folder
