// Writes films with encoders that are FFmpeg's own (LGPL): `mpeg4` in MP4, `gif`.
#include "message.h"
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <jpeglib.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cpictures_writer_ {
    AVFormatContext *container;
    AVCodecContext *encoder;
    AVStream *stream;
    struct SwsContext *scaler;
    AVPacket *packet;
    AVFrame *frame;
    int64_t count;
};

static int say_code(char *message, const char *doing, int code) {
    char text[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(code, text, sizeof text);
    return cpictures_say(message, CPICTURES_SYSTEM, "%s: %s", doing, text);
}

static int open_encoder(cpictures_writer *writer, int is_gif, int width, int height, AVRational rate, char *message) {
    const AVCodec *codec = avcodec_find_encoder(is_gif ? AV_CODEC_ID_GIF : AV_CODEC_ID_MPEG4);
    if (!codec) return cpictures_say(message, CPICTURES_SYSTEM, "this FFmpeg has no encoder for it");
    AVCodecContext *encoder = writer->encoder = avcodec_alloc_context3(codec);
    if (!encoder) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    encoder->width = width;
    encoder->height = height;
    encoder->time_base = av_inv_q(rate);
    encoder->framerate = rate;
    encoder->pix_fmt = is_gif ? AV_PIX_FMT_PAL8 : AV_PIX_FMT_YUV420P;
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    if (!is_gif) {
        encoder->flags |= AV_CODEC_FLAG_QSCALE;
        encoder->global_quality = 2 * FF_QP2LAMBDA;
    }
    if (writer->container->oformat->flags & AVFMT_GLOBALHEADER) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int code = avcodec_open2(encoder, codec, NULL);
    return code < 0 ? say_code(message, "the encoder does not start", code) : CPICTURES_OK;
}

static int open_stream(cpictures_writer *writer, const char *path, char *message) {
    writer->stream = avformat_new_stream(writer->container, NULL);
    if (!writer->stream) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    writer->stream->time_base = writer->encoder->time_base;
    writer->stream->avg_frame_rate = writer->encoder->framerate;
    writer->container->flags |= AVFMT_FLAG_BITEXACT;
    int code = avcodec_parameters_from_context(writer->stream->codecpar, writer->encoder);
    char *address = av_asprintf("file:%s", path);
    if (code >= 0) code = address ? avio_open(&writer->container->pb, address, AVIO_FLAG_WRITE) : AVERROR(ENOMEM);
    av_free(address);
    if (code >= 0) code = avformat_write_header(writer->container, NULL);
    return code < 0 ? say_code(message, "cannot be written", code) : CPICTURES_OK;
}

static int open_frame(cpictures_writer *writer, char *message) {
    AVCodecContext *encoder = writer->encoder;
    writer->frame->format = encoder->pix_fmt;
    writer->frame->width = encoder->width;
    writer->frame->height = encoder->height;
    int code = av_frame_get_buffer(writer->frame, 0);
    if (code < 0) return say_code(message, "no memory for a frame", code);
    if (encoder->pix_fmt == AV_PIX_FMT_PAL8) return CPICTURES_OK;
    int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INP;
    writer->scaler = sws_getContext(encoder->width, encoder->height, AV_PIX_FMT_RGB24, encoder->width, encoder->height,
                                    encoder->pix_fmt, flags, NULL, NULL, NULL);
    return writer->scaler ? CPICTURES_OK : cpictures_say(message, CPICTURES_SYSTEM, "no colour conversion");
}

int cpictures_writer_open(const char *path, const char *format, uint32_t rows, uint32_t columns, double rate,
                          cpictures_writer **opened, char *message) {
    av_log_set_level(AV_LOG_QUIET);
    cpictures_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    writer->packet = av_packet_alloc();
    writer->frame = av_frame_alloc();
    int code = avformat_alloc_output_context2(&writer->container, NULL, format, NULL);
    int status = CPICTURES_OK;
    if (code < 0 || !writer->packet || !writer->frame) status = say_code(message, "no writer for this format", code);
    int is_gif = strcmp(format, "gif") == 0;
    AVRational exact = av_d2q(rate, 60000);
    if (status == CPICTURES_OK) {
        status = open_encoder(writer, is_gif, (int)columns, (int)rows, exact, message);
    }
    if (status == CPICTURES_OK) status = open_stream(writer, path, message);
    if (status == CPICTURES_OK) status = open_frame(writer, message);
    if (status == CPICTURES_OK) {
        *opened = writer;
    } else {
        cpictures_writer_close(writer);
    }
    return status;
}

/// Encodes a frame, or what is left where `frame` is null, and writes the packets that come out.
static int encode(cpictures_writer *writer, AVFrame *frame, char *message) {
    int code = avcodec_send_frame(writer->encoder, frame);
    while (code >= 0) {
        code = avcodec_receive_packet(writer->encoder, writer->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return CPICTURES_OK;
        if (code < 0) break;
        if (writer->packet->duration == 0) writer->packet->duration = 1;
        av_packet_rescale_ts(writer->packet, writer->encoder->time_base, writer->stream->time_base);
        writer->packet->stream_index = writer->stream->index;
        code = av_interleaved_write_frame(writer->container, writer->packet);
    }
    return say_code(message, "a frame cannot be written", code);
}

static int begin_frame(cpictures_writer *writer, char *message) {
    int code = av_frame_make_writable(writer->frame);
    writer->frame->pts = writer->count++;
    writer->frame->quality = writer->encoder->global_quality;
    return code < 0 ? say_code(message, "no memory for a frame", code) : CPICTURES_OK;
}

int cpictures_writer_append_rgb(cpictures_writer *writer, const uint8_t *rgb, char *message) {
    int status = begin_frame(writer, message);
    if (status != CPICTURES_OK) return status;
    const uint8_t *planes[4] = {rgb, NULL, NULL, NULL};
    int widths[4] = {writer->encoder->width * 3, 0, 0, 0};
    sws_scale(writer->scaler, planes, widths, 0, writer->encoder->height, writer->frame->data, writer->frame->linesize);
    return encode(writer, writer->frame, message);
}

int cpictures_writer_append_indexed(cpictures_writer *writer, const uint8_t *indices, const uint32_t *palette,
                                    char *message) {
    int status = begin_frame(writer, message);
    if (status != CPICTURES_OK) return status;
    AVFrame *frame = writer->frame;
    for (int row = 0; row < frame->height; row++) {
        memcpy(frame->data[0] + (ptrdiff_t)row * frame->linesize[0], indices + (size_t)row * (size_t)frame->width,
               (size_t)frame->width);
    }
    memcpy(frame->data[1], palette, 256 * sizeof *palette);
    return encode(writer, frame, message);
}

int cpictures_writer_finish(cpictures_writer *writer, char *message) {
    int status = encode(writer, NULL, message);
    if (status != CPICTURES_OK) return status;
    int code = av_write_trailer(writer->container);
    if (code >= 0) code = avio_closep(&writer->container->pb);
    return code < 0 ? say_code(message, "cannot be written to the end; is the disk full?", code) : CPICTURES_OK;
}

void cpictures_writer_close(cpictures_writer *writer) {
    if (!writer) return;
    avcodec_free_context(&writer->encoder);
    if (writer->container) avio_closep(&writer->container->pb);
    avformat_free_context(writer->container);
    sws_freeContext(writer->scaler);
    av_packet_free(&writer->packet);
    av_frame_free(&writer->frame);
    free(writer);
}

void cpictures_versions(char *text, size_t capacity) {
    snprintf(text, capacity, "FFmpeg %s, libpng %s, libjpeg-turbo API %d", av_version_info(), PNG_LIBPNG_VER_STRING,
             JPEG_LIB_VERSION);
}
